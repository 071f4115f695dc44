import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ErrorReport } from '../../../src/activation/errors.js';
import type { RunResult } from '../../../src/activation/run.js';

/** The result of a run, which a failed workflow has in its details; undefined of one that was cancelled. */
export async function endedResult(handle: WorkflowHandle): Promise<RunResult | undefined> {
  return (await ending(handle)) as RunResult | undefined;
}

/** The error of a workflow that has not even opened a run. */
export async function openingError(handle: WorkflowHandle): Promise<ErrorReport> {
  return ((await ending(handle)) as { error: ErrorReport }).error;
}

async function ending(handle: WorkflowHandle): Promise<unknown> {
  try {
    return await handle.result();
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
    if (cause instanceof ApplicationFailure) return cause.details?.[0];
    if (cause instanceof CancelledFailure) return undefined;
    throw error;
  }
}
