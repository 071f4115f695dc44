import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { pauseOf } from '../../engine/definitions/activations.js';
import { activationsToCatchUp, caughtUp } from '../../engine/incidents/close-incident.js';
import { pauseAutomatically, pauseIfRunning, resumeAutomatically } from '../../temporal/automatic-pause.js';
import { startActivation } from '../../temporal/activation-workflow.js';
import { pauseNote } from '../../temporal/schedule-state.js';
import type { RecoveryContext } from './context.js';

/**
 * Lets the schedules go on of the activations that the incident has given back, and starts one run of each, except where a
 * person has paused the schedule, or the activation was paused again meanwhile. Safe to repeat, also at once.
 */
export async function catchUp(context: RecoveryContext, incidentId: number): Promise<void> {
  const { engine, engineId, temporalClient } = context;
  for (const { activationId, name } of await activationsToCatchUp(engine.db, incidentId)) {
    const note = `Resumed by Outflow: what incident ${incidentId} had found at fault is well again`;
    if (await resumeAutomatically(temporalClient, engineId, name, note)) {
      const stands = await keepPaused(context, name);
      if (!stands) await startCatchUpRun(temporalClient, name, incidentId);
    }
    await caughtUp(engine.db, activationId, incidentId);
  }
}

/** A pause that came after the list was read may have lost its schedule to the resumption. Returns whether there is one. */
async function keepPaused({ engine, engineId, temporalClient }: RecoveryContext, name: string): Promise<boolean> {
  const pause = await pauseOf(engine.db, name);
  if (!pause) return false;
  const { by, reason, isAutomatic } = pause;
  if (isAutomatic) await pauseAutomatically(temporalClient, engineId, name, reason ?? '');
  else await pauseIfRunning(temporalClient, engineId, name, pauseNote(by, reason));
  return true;
}

async function startCatchUpRun(client: Client, activation: string, incidentId: number): Promise<void> {
  const workflowId = `activation/${activation}-recovery-${incidentId}`;
  try {
    await startActivation(
      client,
      workflowId,
      { activation, trigger: 'recovery' },
      { workflowIdReusePolicy: 'REJECT_DUPLICATE' },
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
