import { approveRun, findHeldRun, type HeldRun } from '../../operations/approve-run.js';
import { knownActivation } from '../../operations/chosen-activations.js';
import { print, say } from '../../terminal/output.js';
import { instant, plural } from '../../text/words.js';
import { confirm } from '../confirm.js';
import { withSession } from '../session.js';
import { countsText } from '../text/counts-text.js';
import { guardLines } from '../text/hold-text.js';

export interface ApproveOptions {
  file: string;
  /** The name of the hold that was looked at. Default: the one that stands. */
  hold?: string;
  yes: boolean;
}

/** `outflow approve`: exit code 0 also when the answer is no. */
export function approveCommand(name: string, { file, hold: named, yes }: ApproveOptions): Promise<number> {
  return withSession(file, async (session) => {
    const activation = await knownActivation(session, name);
    const held = await findHeldRun(session, activation, named);
    const { run, hold } = held;
    say(heldRunText(held));
    if (!yes && !(await confirm(`Approve ${hold.name}?`))) {
      say('Nothing was approved.');
      return 0;
    }
    const { isRecorded } = await approveRun(session, activation, held);
    const when = activation.paused ? `when ${name} is resumed` : 'now';
    print(
      isRecorded
        ? `${hold.name} is approved: run ${run.runId} of ${name} sends ${when}.`
        : `${hold.name} is approved, and run ${run.runId} takes note as soon as a worker is there. Is one running?`,
    );
    return 0;
  });
}

function heldRunText({ run, hold }: HeldRun): string {
  const { runId, activation, counts } = run;
  const lines = [...guardLines(hold), countsText(run)];
  const cost = `Approved, it sends exactly what it has found: ${plural(counts.new + counts.changed, 'contact')}; ${plural(counts.gone, 'contact leaves', 'contacts leave')} the snapshot, and the destination keeps what it has of ${counts.gone === 1 ? 'it' : 'them'}.`;
  return [`Run ${runId} of ${activation} is held as ${hold.name} since ${instant(hold.since)}:`, ...lines]
    .join('\n  ')
    .concat(`\n${cost}`);
}
