import type { ConnectionLike } from '@temporalio/client';

/** The id of a Temporal cluster: another one after it was set up anew, so that its runs are not mistaken for others. */
export async function clusterIdOf({ workflowService }: Pick<ConnectionLike, 'workflowService'>): Promise<string> {
  const { clusterId } = await workflowService.getClusterInfo({});
  if (!clusterId) throw new Error('The Temporal cluster does not give its id.');
  return clusterId;
}
