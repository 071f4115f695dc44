import type { RunUnderWay } from './run-under-way.js';
import { CancellationScope, isCancellation, log, sleep, workflowInfo } from '@temporalio/workflow';
import type { DiffSegmentResult, RunRef } from '../activation/steps.js';
import { diffTaskQueue } from '../activation/task-queues.js';
import { chunkList } from './chunk-list.js';
import type { Ending } from './end-run.js';
import { passGuards } from './hold.js';
import { recordStates } from './record-states.js';
import { formatNumber } from '../text/figure.js';
import type { RunView } from './run-view.js';
import { failureReport } from './step-failure.js';
import { diffSegment, foldSnapshot, loadSnapshot, settleDiff } from './steps.js';

/**
 * Everything between opening a run and closing it; goes on where a carried run stands. Throws the failure of the step
 * that ends the run, with no step under way.
 */
export async function carryOut(run: RunUnderWay): Promise<Ending | 'continue-as-new'> {
  const scope = new CancellationScope();
  let ended = false;
  let recorderFailure: unknown;
  const recorder = scope
    .run(() => recordStates(run.view, run.opened.run, () => ended))
    .catch((error: unknown) => {
      recorderFailure = error;
      scope.cancel();
    });
  try {
    return await scope.run(() => takeSteps(run));
  } catch (error) {
    throw recorderFailure ?? error;
  } finally {
    ended = true;
    await recorder;
  }
}

async function takeSteps(run: RunUnderWay): Promise<Ending | 'continue-as-new'> {
  const { view, sender } = run;
  if (!view.diff) await findChanges(run);
  if (view.phase !== 'sending') {
    await passGuards(run);
    await settle(run);
  }
  if (view.chunks.total > 0) {
    view.phase = 'sending';
    run.changed();
    if ((await sender.send(run.opened)) === 'continue-as-new') return 'continue-as-new';
  }
  view.phase = 'closing';
  run.changed();
  await fold(run);
  return { outcome: 'completed' };
}

async function findChanges({ opened, view, changed }: RunUnderWay): Promise<void> {
  await waitForEarlierRequests(opened.waitMs, view, changed);
  const snapshot =
    opened.snapshot ?? (await loadSnapshot.executeWithOptions({ summary: `Run ${opened.run.runId}` }, [opened.run]));
  view.mode = snapshot.mode;
  view.phase = 'diffing';
  changed();
  const summary = `${snapshot.mode}, against ${formatNumber(snapshot.contacts)} contacts, ${formatNumber(snapshot.chunksInDoubt)} chunks in doubt`;
  const diff = await diffOnceTheEngineIsThere(summary, opened.run);
  view.diff = diff;
  view.chunks = chunkList(diff.chunks);
  changed();
}

/**
 * A diff is repeated a few times only, because one may end its worker each time. But an engine's database that is away, or
 * takes nothing, is waited for like in all other steps.
 */
async function diffOnceTheEngineIsThere(summary: string, run: RunRef): Promise<DiffSegmentResult> {
  const waitsUntil = Date.now() + ENGINE_PATIENCE_MS;
  for (;;) {
    try {
      const taskQueue = diffTaskQueue(workflowInfo().taskQueue);
      return await diffSegment.executeWithOptions({ summary, taskQueue }, [run]);
    } catch (error) {
      const isEngineAway = failureReport(error)?.code === 'EngineUnreachable';
      if (!isEngineAway || Date.now() >= waitsUntil) throw error;
    }
  }
}

/** About as long as the other steps are repeated. */
const ENGINE_PATIENCE_MS = 4 * 60 * 60 * 1000;

/** Before anything is sent, so that a run that fails while it sends has let go of the contacts that left. */
async function settle({ opened, view: { diff } }: RunUnderWay): Promise<void> {
  if (!diff?.settleChunks) return;
  const summary = `${formatNumber(diff.gone)} gone, ${formatNumber(diff.settleChunks)} chunks without a request`;
  await settleDiff.executeWithOptions({ summary }, [opened.run]);
}

/** A request of a run that was cut off may still be on its way: what the destination holds is known only after its deadline. */
async function waitForEarlierRequests(waitMs: number, view: RunView, changed: () => void): Promise<void> {
  if (waitMs <= 0) return;
  const [since, until] = [Date.now(), Date.now() + waitMs].map((ms) => new Date(ms).toISOString()) as [string, string];
  view.waiting = { for: 'earlier-requests', since, until };
  changed();
  await sleep(waitMs, { summary: 'Wait for the deadline of the last request of an earlier run' });
  view.waiting = undefined;
  changed();
}

/** Folding only keeps later runs fast, and the next run folds what this one could not: its failure fails no run. */
async function fold({ opened, view }: RunUnderWay): Promise<void> {
  if (!view.diff?.mayFold) return;
  const summary = `${formatNumber(view.accepted)} accepted, ${formatNumber(view.rejected)} rejected`;
  try {
    await foldSnapshot.executeWithOptions({ summary }, [opened.run]);
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('The snapshot was not folded; the next run will do it.');
  }
}
