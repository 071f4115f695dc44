import type { Client, WorkflowHandle, WorkflowIdReusePolicy } from '@temporalio/client';
import type { RunRequest } from '../activation/run-request.js';
import { taskQueueOf } from './task-queue.js';

/** The workflow of a run, as Outflow starts it: by hand, by a schedule, after an incident. The texts are for the Temporal UI. */
export function activationWorkflow(client: Client, request: RunRequest) {
  const { activation, mode } = request;
  return {
    taskQueue: taskQueueOf(client),
    args: [request] as [RunRequest],
    staticSummary: `Activation ${activation}${mode === 'full' ? ', everything again' : ''}`,
    staticDetails: [
      `Compares the segment of activation ${activation} with what its destination has, and sends what differs.`,
      'Signals: `pause`, `resume`, and `approve` where guards hold it. Cancel it to end it: what was not sent is sent by the next run.',
      `In a terminal: \`outflow status ${activation}\`.`,
    ].join('\n\n'),
  };
}

/** Starts the workflow of a run. Which run wins, when another is open, is decided by its first step. */
export function startActivation(
  client: Client,
  workflowId: string,
  request: RunRequest,
  options: { workflowIdReusePolicy?: WorkflowIdReusePolicy } = {},
): Promise<WorkflowHandle & { firstExecutionRunId: string }> {
  return client.workflow.start('activation', { workflowId, ...activationWorkflow(client, request), ...options });
}
