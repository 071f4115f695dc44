import { ActivityFailure, ApplicationFailure, TimeoutFailure, isCancellation } from '@temporalio/workflow';
import { OutflowError, errorReport, isErrorCode, type ErrorReport } from '../activation/errors.js';

/**
 * What to record and show of a failure that ended a run: the report that the step made, or which step failed and how
 * when it made none. undefined for anything but a failed step or an OutflowError: a fault of the workflow's own code,
 * which is not the run's failure.
 */
export function failureReport(error: unknown): ErrorReport | undefined {
  if (error instanceof OutflowError) return error.report();
  if (!(error instanceof ActivityFailure)) return undefined;
  const { cause, activityType: step } = error;
  if (cause instanceof ApplicationFailure) {
    return (
      reportIn(cause) ??
      errorReport(
        'Unexpected',
        `The step ${step} failed: ${cause.type ?? 'no type given'}.`,
        "Look at the worker's log and at the step in the Temporal UI, then start the activation again.",
      )
    );
  }
  return errorReport(
    'Unexpected',
    `The step ${step} ${cause instanceof TimeoutFailure && cause.timeoutType ? timeouts[cause.timeoutType] : 'was interrupted'}.`,
    'Check that workers run and are not overloaded, then start the activation again.',
  );
}

/**
 * Whether chunks whose step was withdrawn, and ended with this error, are simply to be sent again: it was cancelled, or
 * met with what another attempt would have mended, had the withdrawal not taken it away.
 */
export function endedByWithdrawal(error: unknown): boolean {
  if (isCancellation(error)) return true;
  if (!(error instanceof ActivityFailure)) return false;
  return !(error.cause instanceof ApplicationFailure && error.cause.nonRetryable === true);
}

const timeouts: Record<NonNullable<TimeoutFailure['timeoutType']>, string> = {
  HEARTBEAT: 'gave no sign of life for too long, each time it was tried',
  START_TO_CLOSE: 'took too long, each time it was tried',
  SCHEDULE_TO_CLOSE: 'took too long in all',
  SCHEDULE_TO_START: 'was not taken up by a worker in time',
};

function reportIn(failure: ApplicationFailure): ErrorReport | undefined {
  if (typeof failure.type !== 'string' || !isErrorCode(failure.type)) return undefined;
  const report = failure.details?.[0] as Partial<ErrorReport> | undefined;
  return errorReport(
    failure.type,
    typeof report?.message === 'string' ? report.message : failure.message,
    typeof report?.remedy === 'string' ? report.remedy : '',
    report?.category,
  );
}
