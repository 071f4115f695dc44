import { WorkflowNotFoundError } from '@temporalio/client';
import type { RunHold } from '../../src/activation/run.js';
import type { Ground } from './ground.js';
import { patiently } from './patience.js';

export interface HeldRun {
  workflowId: string;
  hold: RunHold;
}

/** Open runs that a guard holds and that nobody has approved. */
export async function heldRuns(ground: Ground): Promise<HeldRun[]> {
  return ground.stored<HeldRun>(
    `select workflow_id as "workflowId", hold from outflow.run where state = 'held' and hold -> 'approved' is null`,
  );
}

/** As in Temporal's UI. Does nothing when the run has ended meanwhile. */
export async function approve({ client }: Ground, { workflowId, hold }: HeldRun): Promise<void> {
  await patiently(async () => {
    await client.workflow
      .getHandle(workflowId)
      .signal('approve', { hold: hold.name })
      .catch((error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      });
  });
}
