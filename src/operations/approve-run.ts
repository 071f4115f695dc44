import { setTimeout as sleep } from 'node:timers/promises';
import { OutflowError } from '../activation/errors.js';
import type { RunHold, RunResult } from '../activation/run.js';
import { findHolder } from '../engine/claim/claim.js';
import type { Engine } from '../engine/database/database.js';
import type { KnownActivation } from '../engine/definitions/activations.js';
import { runResult } from '../engine/runs/runs.js';
import { approvalText } from '../text/approval-text.js';
import type { OperationContext } from './context.js';
import { signalOpenRun } from './signal-run.js';

export interface HeldRun {
  run: RunResult;
  hold: RunHold;
}

const POLL_EVERY_MS = 200;
const PATIENCE_MS = 5_000;

/** The run that guards hold. Throws InputInvalid where none is held, or `named` is not the name of its hold. */
export async function findHeldRun(
  { engine }: Pick<OperationContext, 'engine'>,
  { activationId, name }: KnownActivation,
  named?: string,
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

/**
 * Lets a held run send what it found. The approval names the hold, so a run that is held meanwhile in its place is not
 * approved: that throws InputInvalid. Returns whether the run has taken note within a few seconds; it does once a worker is
 * there.
 */
export async function approveRun(
  { engine, temporal, actor }: OperationContext,
  activation: KnownActivation,
  { run, hold }: HeldRun,
): Promise<{ isRecorded: boolean }> {
  const approval = { hold: hold.name, by: actor.who, ...(actor.by === 'cli' && { via: actor.by }) };
  const signalled = await signalOpenRun(engine, await temporal(), activation, 'approve', approval);
  if (signalled?.runId !== run.runId) throw noLongerHeld(activation.name, run);
  return { isRecorded: await isApproved(engine, activation.name, run) };
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
