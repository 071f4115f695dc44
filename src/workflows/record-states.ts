import { condition } from '@temporalio/workflow';
import type { RunRef } from '../activation/steps.js';
import type { RunState } from '../activation/run.js';
import { formatNumber } from '../text/figure.js';
import { stateOf, waitOf, type RunView } from './run-view.js';
import { recordState } from './steps.js';

/**
 * Tells the engine's database each state of the run, what it waits for, and the approval of its hold, beside the run's own steps, until
 * `ended` is true and nothing is being told. States that follow each other faster than they can be told are left out, never
 * the last one.
 */
export async function recordStates(view: RunView, run: RunRef, ended: () => boolean): Promise<void> {
  for (;;) {
    await condition(() => ended() || stateToRecord(view) !== undefined);
    const state = stateToRecord(view);
    if (ended() || state === undefined) return;
    const { hold } = view;
    const waiting = waitOf(view);
    const reason = state === 'paused' || state === 'pausing' ? view.pause?.reason : undefined;
    const { done, total } = view.chunks;
    const summary = `${state}, ${formatNumber(done)} of ${formatNumber(total)} chunks done`;
    await recordState.executeWithOptions({ summary }, [
      { run, state, ...(reason !== undefined && { reason }), ...(hold && { hold }), ...(waiting && { waiting }) },
    ]);
    view.recorded = state;
    view.recordedWait = waiting?.until;
    view.approvalRecorded = hold?.approved !== undefined;
  }
}

function stateToRecord(view: RunView): Exclude<RunState, 'closing' | 'closed'> | undefined {
  const state = stateOf(view);
  if (state === 'closing' || state === 'closed') return undefined;
  const approvalUntold = view.hold?.approved !== undefined && !view.approvalRecorded;
  const isTold = state === view.recorded && waitOf(view)?.until === view.recordedWait;
  return isTold && !approvalUntold ? undefined : state;
}
