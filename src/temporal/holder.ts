import { WorkflowNotFoundError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import { clusterIdOf } from './cluster.js';

/** The workflow that holds the claim of an activation, as the engine's database has it. */
export interface RecordedHolder {
  workflowId: string;
  /** Of the workflow's chain: the same after a reset and after each continue-as-new. */
  firstRunId: string;
  namespace: string;
  /** Temporal's cluster id. */
  cluster: string;
}

/**
 * Whether the workflow that holds a claim still runs: asked by its id alone, because it may have continued as new or been
 * reset. True whenever that is unclear (Temporal does not answer, another namespace or cluster than the recorded one):
 * a claim taken from a run that lives would break the promise of one run at a time, one that is kept too long only waits.
 */
export async function isHolderAlive(client: Client, holder: RecordedHolder): Promise<boolean> {
  try {
    if (client.options.namespace !== holder.namespace) return true;
    if ((await clusterIdOf(client)) !== holder.cluster) return true;
    const workflow = await client.workflow.getHandle(holder.workflowId).describe();
    const firstRunId = workflow.raw.workflowExecutionInfo?.firstRunId;
    if (!firstRunId) return true;
    return isOpen(workflow.status) && firstRunId === holder.firstRunId;
  } catch (error) {
    return !(error instanceof WorkflowNotFoundError);
  }
}

/** Paused workflows are open, and so are those in a state that this code does not know. */
function isOpen(status: WorkflowExecutionDescription['status']): boolean {
  return !['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT'].includes(status.name);
}
