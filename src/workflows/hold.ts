import { condition } from '@temporalio/workflow';
import { OutflowError } from '../activation/errors.js';
import { guardText } from '../text/guard-text.js';
import { trippedGuards } from '../activation/guards.js';
import type { RunHold } from '../activation/run.js';
import { approvalOf } from './approval-input.js';
import type { OpenedRun } from './carried-run.js';
import type { RunUnderWay } from './run-under-way.js';
import type { RunView } from './run-view.js';

export const holdPatienceDays = 7;
const holdPatienceMs = holdPatienceDays * 24 * 60 * 60 * 1000;

/**
 * Holds the run, when guards say so, until somebody approves it, and goes on once the engine's database has the approval.
 * Throws RunHeld when nobody has approved it for seven days.
 */
export async function passGuards({ opened, view, changed }: RunUnderWay): Promise<void> {
  view.hold ??= holdOf(opened, view);
  if (!view.hold) return;
  view.phase = 'held';
  changed();
  const approved = await condition(() => view.hold?.approved !== undefined, holdPatienceMs, {
    summary: `Wait for the approval of ${view.hold.name}`,
  });
  if (!approved) throw neverApproved(view.hold, opened);
  await condition(() => view.approvalRecorded);
}

/** Lets a held run go on when `input`, whatever was typed with the signal, names its hold. */
export function takeApproval(view: RunView, input: unknown, at: Date): void {
  if (view.phase !== 'held' || !view.hold) return;
  const approved = approvalOf(input, view.hold.name, at);
  if (!approved) return;
  view.hold = { ...view.hold, approved };
  view.phase = 'sending';
}

function holdOf({ run, guards }: OpenedRun, { diff }: RunView): RunHold | undefined {
  if (!diff) return undefined;
  const tripped = trippedGuards(guards, diff.guardFigures);
  return tripped.length > 0
    ? { name: `run-${run.runId}`, guards: tripped, since: new Date().toISOString() }
    : undefined;
}

function neverApproved({ name, guards }: RunHold, { run: { activation } }: OpenedRun): OutflowError {
  const [first, ...others] = guards.map(guardText);
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  return new OutflowError(
    'RunHeld',
    `Nobody has approved ${name} within ${holdPatienceDays} days, so nothing of it was sent: ${first}${more}.`,
    `If the segment is right, start the activation again and approve that run in time: \`outflow approve ${activation}\`. ` +
      'If such figures are usual, change the guards of the activation in outflow.yaml.',
  );
}
