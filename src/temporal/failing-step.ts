import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type proto from '@temporalio/proto';

/** A step of a run that has failed and is tried again. */
export interface FailingStep {
  step: string;
  /** Attempts that have failed. */
  failures: number;
  /** What the last one failed with: a text of ours. */
  error: string;
  /** ISO 8601, UTC; absent while it is being tried again. */
  nextTryAt?: string;
}

/**
 * The step that keeps the workflow of a run from going on, as Temporal has it; undefined when none has failed, and when the
 * workflow is not there. Known also when the engine's database takes nothing.
 */
export async function failingStep(client: Client, workflowId: string): Promise<FailingStep | undefined> {
  try {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    const failing = (raw.pendingActivities ?? [])
      .filter(({ lastFailure }) => lastFailure)
      .sort((a, b) => (b.attempt ?? 0) - (a.attempt ?? 0));
    return failing[0] && asFailingStep(failing[0]);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

function asFailingStep({
  activityType,
  attempt,
  lastFailure,
  nextAttemptScheduleTime: next,
}: proto.temporal.api.workflow.v1.IPendingActivityInfo): FailingStep {
  return {
    step: activityType?.name ?? '',
    failures: Math.max(1, (attempt ?? 1) - 1),
    error: lastFailure?.timeoutFailureInfo
      ? 'Its worker gave no sign of life for too long.'
      : (lastFailure?.message ?? ''),
    ...(next && { nextTryAt: new Date(Number(next.seconds ?? 0) * 1000).toISOString() }),
  };
}
