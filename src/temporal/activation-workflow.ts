import type { Client, WorkflowHandle, WorkflowIdReusePolicy } from '@temporalio/client';
import type { RunRequest } from '../activation/run-request.js';
import { taskQueueOf } from './task-queue.js';

/** The workflow of a run, however it is started: by hand, by a schedule, after an incident. */
export function activationWorkflow(client: Client, request: RunRequest): { taskQueue: string; args: [RunRequest] } {
  return { taskQueue: taskQueueOf(client), args: [request] };
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
