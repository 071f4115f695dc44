import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { StepGroup } from '../history.js';

interface EmptySteps {
  nothing(): Promise<void>;
}

const remote = proxyActivities<EmptySteps>({ startToCloseTimeout: '30 seconds' });
const local = proxyLocalActivities<EmptySteps>({ startToCloseTimeout: '30 seconds' });

/** Does nothing in as many steps as it is told: the least that Temporal can do for them. */
export async function empty(groups: StepGroup[]): Promise<void> {
  for (const group of groups) {
    await Promise.all([
      ...Array.from({ length: group.remote }, () => remote.nothing()),
      ...Array.from({ length: group.local }, () => local.nothing()),
    ]);
  }
}
