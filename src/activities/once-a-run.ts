import type { ClaimedRun } from '../engine/claim/claimed-run.js';

/** More than a worker sends at the same time, by far. */
const REMEMBERED_RUNS = 1_000;

/** Does `work` once for each run, in this process: whoever asks meanwhile waits for the same. What failed is done again. */
export function onceARun(work: (run: ClaimedRun) => Promise<void>): (run: ClaimedRun) => Promise<void> {
  const done = new Map<number, Promise<void>>();
  return (run) => {
    const before = done.get(run.runId);
    if (before) return before;
    const doing = work(run);
    done.set(run.runId, doing);
    doing.catch(() => done.delete(run.runId));
    if (done.size > REMEMBERED_RUNS) done.delete(done.keys().next().value!);
    return doing;
  };
}
