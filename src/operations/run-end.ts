import { ApplicationFailure, CancelledFailure, TerminatedFailure, WorkflowFailedError } from '@temporalio/client';
import { errorReport, exitCodeOf, isErrorCode, type ErrorReport } from '../activation/errors.js';
import type { RunResult } from '../activation/run.js';
import type { Engine } from '../engine/database/database.js';
import { findRunProgress } from '../engine/runs/run-progress.js';
import type { StartedRun } from './start-run.js';

/** How a run ended, or that it is not waited for because a guard holds it. */
export interface RunEnd {
  /** Without one the run was never opened: `error` says why. */
  result?: RunResult;
  error?: ErrorReport;
  exitCode: number;
}

/** Waits until the run's workflow has ended. Rejects when Temporal cannot say, and when `left` is aborted. */
export async function awaitEnd(engine: Engine, { activation, handle }: StartedRun, left: AbortSignal): Promise<RunEnd> {
  try {
    // Without the signal the question would keep the process alive until Temporal answers it, for up to a minute.
    return endOf((await handle.client.withAbortSignal(left, () => handle.result())) as RunResult);
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    const details =
      cause instanceof ApplicationFailure || cause instanceof CancelledFailure ? cause.details : undefined;
    const detail = details?.[0] as Partial<RunResult> | undefined;
    if (detail?.runId !== undefined) return endOf(detail as RunResult);
    const standing = (await findRunProgress(engine, handle.workflowId))?.result;
    if (standing?.state === 'closed') return endOf(standing);
    const failure = detail?.error ?? failureOf(activation, cause);
    return {
      ...(standing && { result: { ...standing, error: failure } }),
      error: failure,
      exitCode: exitCodeOf(failure.code),
    };
  }
}

/** Of a run that stands still until somebody approves it or cancels it. */
export function heldEnd(result: RunResult): RunEnd {
  return { result, exitCode: exitCodeOf('RunHeld') };
}

function endOf(result: RunResult): RunEnd {
  const { outcome, error } = result;
  const exitCode = outcome === 'cancelled' ? exitCodeOf('Cancelled') : error ? exitCodeOf(error.code) : 0;
  return { result, ...(error && { error }), exitCode };
}

/** What to say of a workflow that ended without closing its run. */
function failureOf(activation: string, cause: Error | undefined): ErrorReport {
  const nothingLost = 'Nothing is lost: the next run sends what this one had not acknowledged.';
  if (cause instanceof TerminatedFailure || cause instanceof CancelledFailure) {
    const how = cause instanceof TerminatedFailure ? 'terminated' : 'cancelled before it was opened';
    return errorReport('Cancelled', `The run of ${activation} was ${how} in Temporal.`, nothingLost);
  }
  const type = cause instanceof ApplicationFailure ? cause.type : undefined;
  return errorReport(
    typeof type === 'string' && isErrorCode(type) ? type : 'Unexpected',
    `The workflow of ${activation} ended without a result: ${cause?.message ?? 'no reason given'}`,
    `${nothingLost} Look at the workflow in the Temporal UI for the cause.`,
  );
}
