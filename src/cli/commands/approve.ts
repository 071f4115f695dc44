import { setTimeout as sleep } from 'node:timers/promises';
import { OutflowError } from '../../activation/errors.js';
import type { RunHold, RunResult } from '../../activation/run.js';
import { findActivation, type KnownActivation } from '../../engine/definitions/activations.js';
import { findHolder } from '../../engine/claim/claim.js';
import type { Engine } from '../../engine/database/database.js';
import { runResult } from '../../engine/runs/runs.js';
import { confirm } from '../confirm.js';
import { countsText } from '../text/counts-text.js';
import { approvalText, guardLines } from '../text/hold-text.js';
import { print, say } from '../../terminal/output.js';
import { withSession } from '../../operations/session.js';
import { signalOpenRun } from '../../operations/signal-run.js';
import { userName } from '../user-name.js';
import { plural, instant } from '../../text/words.js';

export interface ApproveOptions {
  file: string;
  /** The name of the hold that was looked at. Default: the one that stands. */
  hold?: string;
  yes: boolean;
}

interface HeldRun {
  run: RunResult;
  hold: RunHold;
}

const POLL_EVERY_MS = 200;
const PATIENCE_MS = 5_000;

/**
 * `outflow approve`: lets a held run send what it found; exit code 0 also when the answer is no. The approval names the
 * hold, so a run that is held meanwhile in its place is not approved. Throws InputInvalid where that hold does not stand.
 */
export function approveCommand(name: string, { file, hold: named, yes }: ApproveOptions): Promise<number> {
  return withSession(file, async ({ engine, temporal }) => {
    const activation = await findActivation(engine.db, name);
    const { run, hold } = await heldRun(engine, activation, named);
    say(holdText(run, hold));
    if (!yes && !(await confirm(`Approve ${hold.name}?`))) {
      say('Nothing was approved.');
      return 0;
    }
    const signalled = await signalOpenRun(engine, await temporal(), activation, 'approve', {
      hold: hold.name,
      by: userName(),
    });
    if (signalled?.runId !== run.runId) throw noLongerHeld(name, run);
    const when = activation.paused ? `when ${name} is resumed` : 'now';
    if (await isApproved(engine, name, run))
      print(`${hold.name} is approved: run ${run.runId} of ${name} sends ${when}.`);
    else
      print(`${hold.name} is approved, and run ${run.runId} takes note as soon as a worker is there. Is one running?`);
    return 0;
  });
}

async function heldRun(
  engine: Engine,
  { activationId, name }: KnownActivation,
  named: string | undefined,
): Promise<HeldRun> {
  const holder = await findHolder(engine.db, activationId);
  const run = holder && (await runResult(engine, holder.runId));
  const hold = run?.hold;
  if (!hold || run.state !== 'held') throw nothingHeld(name, named, hold);
  if (named !== undefined && named !== hold.name) {
    throw new OutflowError(
      'InputInvalid',
      `The hold of activation "${name}" is ${hold.name}, not ${named.slice(0, 60)}.`,
      `Look at its figures with \`outflow status ${name}\`; approve it with \`outflow approve ${name} --hold ${hold.name}\`.`,
    );
  }
  return { run, hold };
}

function nothingHeld(name: string, named: string | undefined, last: RunHold | undefined): OutflowError {
  const which = named === undefined ? '' : `, so there is no ${named.slice(0, 60)} to approve`;
  const approval = last && approvalText(last);
  return new OutflowError(
    'InputInvalid',
    `No guard holds a run of activation "${name}"${which}.${approval === undefined ? '' : ` ${approval}.`}`,
    `\`outflow status ${name}\` shows what it is doing.`,
  );
}

function noLongerHeld(name: string, { runId }: RunResult): OutflowError {
  return new OutflowError(
    'InputInvalid',
    `Run ${runId} of activation "${name}" was held, but its workflow has ended: nothing of it is sent.`,
    `Look at it with \`outflow runs ${name}\`; \`outflow run ${name}\` finds out anew what there is to send.`,
  );
}

function holdText(run: RunResult, hold: RunHold): string {
  const { runId, activation, counts } = run;
  const lines = [...guardLines(hold), countsText(run)];
  const cost = `Approved, it sends exactly what it has found: ${plural(counts.new + counts.changed, 'contact')}; ${plural(counts.gone, 'contact leaves', 'contacts leave')} the snapshot, and the destination keeps what it has of ${counts.gone === 1 ? 'it' : 'them'}.`;
  return [`Run ${runId} of ${activation} is held as ${hold.name} since ${instant(hold.since)}:`, ...lines]
    .join('\n  ')
    .concat(`\n${cost}`);
}

/** False when the run has not recorded it after a few seconds. */
async function isApproved(engine: Engine, name: string, { runId }: RunResult): Promise<boolean> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < PATIENCE_MS) {
    const run = await runResult(engine, runId);
    if (run.hold?.approved) return true;
    if (run.state === 'closed') throw noLongerHeld(name, run);
    await sleep(POLL_EVERY_MS);
  }
  return false;
}
