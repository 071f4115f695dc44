import { engineId } from '../engine/database/database.js';
import { type KnownActivation, resumeActivation } from '../engine/definitions/activations.js';
import type { LeftIncident } from '../engine/incidents/leave-incident.js';
import { wakeRecovery } from '../temporal/recovery-workflow.js';
import { resumeSchedule } from '../temporal/schedule-state.js';
import type { OperationContext } from './context.js';
import { signalOpenRun } from './signal-run.js';

export interface ResumedActivation {
  activation: string;
  /** The incident that had paused it. */
  left?: LeftIncident;
  /** The open run, which goes on. */
  openRunId?: number;
}

/**
 * Ends the pauses of activations, also automatic ones and those of a run or a schedule that was paused in the Temporal UI:
 * first the fact of each, then the schedule, then the open run.
 */
export async function resumeActivations(
  { engine, temporal, actor }: OperationContext,
  activations: readonly KnownActivation[],
): Promise<ResumedActivation[]> {
  const client = await temporal();
  const owner = await engineId(engine);
  const resumed: ResumedActivation[] = [];
  for (const activation of activations) {
    const left = await resumeActivation(engine, activation.name, actor);
    await resumeSchedule(client, owner, activation.name, `Resumed by ${actor.who}`);
    const holder = await signalOpenRun(engine, client, activation, 'resume');
    if (left?.isOver) await wakeRecovery(client, owner, left);
    resumed.push({ activation: activation.name, ...(left && { left }), ...(holder && { openRunId: holder.runId }) });
  }
  return resumed;
}
