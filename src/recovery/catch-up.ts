import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { RunRequest } from '../activation/run-request.js';
import { taskQueue } from '../activation/task-queues.js';
import { activationsToCatchUp, caughtUp } from '../engine/close-incident.js';
import { resumeAutomatically } from '../temporal/automatic-pause.js';
import type { RecoveryContext } from './context.js';

/**
 * Lets the schedules go on of the activations that the incident has given back, and starts one run of each, except where a
 * person has paused the schedule. Safe to repeat, also at once.
 */
export async function catchUp(context: RecoveryContext, incidentId: number): Promise<void> {
  const { engine, engineId, temporalClient } = context;
  for (const { activationId, name } of await activationsToCatchUp(engine.db, incidentId)) {
    const note = `Resumed by Outflow: what incident ${incidentId} had found at fault is well again`;
    if (await resumeAutomatically(temporalClient, engineId, name, note)) {
      await startCatchUpRun(temporalClient, name, incidentId);
    }
    await caughtUp(engine.db, activationId, incidentId);
  }
}

async function startCatchUpRun(client: Client, activation: string, incidentId: number): Promise<void> {
  const request: RunRequest = { activation, trigger: 'recovery' };
  try {
    await client.workflow.start('activation', {
      taskQueue,
      workflowId: `activation/${activation}-recovery-${incidentId}`,
      args: [request],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
