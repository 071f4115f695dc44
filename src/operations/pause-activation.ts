import type { RunResult } from '../activation/run.js';
import { engineId } from '../engine/database/database.js';
import { type KnownActivation, pauseActivation, type RecordedPause } from '../engine/definitions/activations.js';
import { runResult } from '../engine/runs/runs.js';
import { wakeRecovery } from '../temporal/recovery-workflow.js';
import { pauseNote, pauseSchedule } from '../temporal/schedule-state.js';
import type { OperationContext } from './context.js';
import { signalOpenRun } from './signal-run.js';

export interface PausedActivation extends RecordedPause {
  activation: string;
  /** The run that was open and waits now, or will once its requests on the wire have ended. */
  openRun?: RunResult;
}

/**
 * Pauses activations: first the fact of each, which keeps runs from starting, then the schedule, then the open run, which
 * ends its requests on the wire. Takes the place of an automatic pause, which is then not ended automatically. Repeated, it
 * does what is still to be done.
 */
export async function pauseActivations(
  { engine, temporal, actor }: OperationContext,
  activations: readonly KnownActivation[],
  reason?: string,
): Promise<PausedActivation[]> {
  const recorded: [KnownActivation, RecordedPause][] = [];
  for (const activation of activations) {
    recorded.push([activation, await pauseActivation(engine, activation.name, actor, reason)]);
  }
  const client = await temporal();
  const owner = await engineId(engine);
  const paused: PausedActivation[] = [];
  for (const [activation, pause] of recorded) {
    await pauseSchedule(client, owner, activation.name, pauseNote(actor.who, reason));
    const holder = await signalOpenRun(engine, client, activation, 'pause', reason === undefined ? {} : { reason });
    if (pause.left?.isOver) await wakeRecovery(client, owner, pause.left);
    const openRun = holder && (await runResult(engine, holder.runId));
    paused.push({ activation: activation.name, ...pause, ...(openRun && { openRun }) });
  }
  return paused;
}
