import type { Client, WorkflowHandle } from '@temporalio/client';
import type { RunRequest } from '../activation/run-request.js';
import { taskQueue } from '../activation/task-queues.js';

/** A run that this command started. */
export interface StartedRun {
  activation: string;
  handle: WorkflowHandle;
  temporalRunId: string;
}

/** Starts the workflow of a run; which run wins, when another is open, is decided by its first step. */
export async function startRun(client: Client, activation: string, { full }: { full: boolean }): Promise<StartedRun> {
  const request: RunRequest = { activation, ...(full && { mode: 'full' }), trigger: 'cli' };
  const handle = await client.workflow.start('activation', {
    taskQueue,
    workflowId: `activation/${activation}-${new Date().toISOString()}`,
    args: [request],
  });
  return { activation, handle, temporalRunId: handle.firstExecutionRunId };
}
