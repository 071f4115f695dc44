import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../engine/database/database.js';
import { findRunProgress, type RunProgress } from '../../engine/runs/run-progress.js';
import { say } from '../../terminal/output.js';
import { waitText } from '../../text/wait-text.js';
import { outcomeText } from '../../text/words.js';
import { LiveLines } from '../../terminal/live-lines.js';
import { progressLine } from '../../terminal/progress-line.js';
import { awaitEnd, heldEnd, type RunEnd } from '../../operations/run-end.js';
import type { StartedRun } from '../../operations/start-run.js';

const POLL_EVERY_MS = 250;
/** A worker that is there takes up a run at once. */
const WORKER_EXPECTED_MS = 5_000;

interface WatchedRun extends StartedRun {
  progress: RunProgress | undefined;
  end: RunEnd | undefined;
}

/**
 * Shows on stderr how far the runs are: bars on a terminal, else a line for each new state. Gives `ended` the end of each
 * run, in the order of the runs; one that a guard holds is not waited for. Returns those that are still open: none unless `left` was aborted.
 */
export async function watchRuns(
  engine: Engine,
  started: StartedRun[],
  ended: (run: StartedRun, end: RunEnd) => void,
  left: AbortSignal,
): Promise<StartedRun[]> {
  const runs = started.map((run): WatchedRun => ({ ...run, progress: undefined, end: undefined }));
  const display = process.stderr.isTTY ? new Bars(runs) : new StateLines(runs);
  const lost: unknown[] = [];
  const watching = new AbortController();
  for (const run of runs) {
    awaitEnd(engine, run, watching.signal).then(
      (end) => (run.end ??= end),
      (error: unknown) => lost.push(error),
    );
  }
  const startedAt = performance.now();
  let isHinted = false;
  let reported = 0;
  try {
    while (!left.aborted) {
      if (lost.length > 0) throw lost[0];
      for (const run of runs) {
        if (!run.end) run.progress = await findRunProgress(engine, run.handle.workflowId);
      }
      for (; runs[reported]?.end; reported++) ended(runs[reported]!, runs[reported]!.end!);
      if (reported === runs.length) return [];
      display.update();
      for (const run of runs) {
        if (run.progress?.result.state === 'held') run.end ??= heldEnd(run.progress.result);
      }
      if (!isHinted && performance.now() - startedAt > WORKER_EXPECTED_MS && runs.some(isWaiting)) {
        isHinted = true;
        display.say(
          'No worker has taken up the run for 5 seconds. Start one with `outflow worker`; the run waits for it.',
        );
      }
      await sleep(POLL_EVERY_MS, undefined, { signal: left }).catch(() => undefined);
    }
    return runs.filter(({ end, progress }) => !end && progress?.result.state !== 'closed');
  } finally {
    watching.abort();
    display.end();
  }
}

function isWaiting({ progress, end }: WatchedRun): boolean {
  return !progress && !end;
}

class Bars {
  private readonly runs: WatchedRun[];
  private readonly lines = new LiveLines(process.stderr);

  constructor(runs: WatchedRun[]) {
    this.runs = runs;
  }

  update(): void {
    const width = Math.max(...this.runs.map(({ activation }) => activation.length));
    this.lines.show(
      this.runs.map(({ activation, progress, end }) =>
        end ? `${activation.padEnd(width)}  ${endText(end)}` : progressLine(activation, progress, width),
      ),
    );
  }

  say(text: string): void {
    this.lines.say(text);
  }

  end(): void {
    this.lines.clear();
  }
}

class StateLines {
  private readonly runs: WatchedRun[];
  private readonly said = new Map<string, string>();

  constructor(runs: WatchedRun[]) {
    this.runs = runs;
  }

  update(): void {
    for (const { activation, progress, end } of this.runs) {
      if (!progress || end) continue;
      const { runId, waiting } = progress.result;
      const doing = waiting ? `waits for ${waitText(waiting)}` : `is ${outcomeText(progress.result)}`;
      const text = `${activation}: run ${runId} ${doing}`;
      if (this.said.get(activation) !== text) say(text);
      this.said.set(activation, text);
    }
  }

  say(text: string): void {
    say(text);
  }

  end(): void {
    this.said.clear();
  }
}

function endText({ result }: RunEnd): string {
  return result ? outcomeText(result) : 'not opened';
}
