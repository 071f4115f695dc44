import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import type { Culprit } from '../activation/culprit.js';
import { taskQueueOf } from './task-queue.js';

/** An incident, as the workflow that probes its culprit knows it. */
export interface Incident extends Culprit {
  incidentId: number;
}

/** Starts the workflow that probes the culprit until the incident is over, unless it runs. `engine`: the identity of its engine. */
export async function startRecovery(client: Client, engine: string, incident: Incident): Promise<void> {
  const { incidentId, kind, name } = incident;
  try {
    await client.workflow.start('recovery', {
      taskQueue: taskQueueOf(client),
      workflowId: recoveryId(engine, incident),
      args: [{ engine, incidentId, culprit: { kind, name } }],
      staticSummary: `Recovery of ${kind} ${name}`,
      staticDetails: `Probes ${kind} ${name} until it answers, then resumes what was paused because of it. The signal \`probe\` tries at once.`,
      // One that somebody has ended is begun anew, by a worker or by the next run that meets the culprit.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** Lets it look at the incident at once. */
export async function wakeRecovery(client: Client, engine: string, incident: Incident): Promise<void> {
  try {
    await client.workflow.getHandle(recoveryId(engine, incident)).signal('probe');
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

/** With the engine's identity: engines that share a namespace count their incidents alike. */
export function recoveryId(engine: string, { incidentId, kind, name }: Incident): string {
  return `recovery/${kind}/${name}/${incidentId}/${engine}`;
}
