import { ApplicationFailure, CancellationScope, CancelledFailure } from '@temporalio/workflow';
import type { ErrorReport } from '../activation/errors.js';
import type { RunResult } from '../activation/run.js';
import type { CloseRunInput, RunRef } from '../activation/steps.js';
import type { RunView } from './run-view.js';
import { formatNumber } from '../text/figure.js';
import { failureReport } from './step-failure.js';
import { closeRun } from './steps.js';

/** How the steps of a run ended. */
export type Ending = { outcome: 'completed' } | { outcome: 'cancelled' } | { outcome: 'failed'; error: ErrorReport };

/**
 * How a run ends whose steps threw `error`. A cancelled run is cancelled, whatever its steps met while they were
 * withdrawn. Throws what is no failure of the run but a fault of the workflow's code: Temporal then repeats the
 * workflow task, until it meets a corrected worker.
 */
export function endingAfter(error: unknown, cancelled: boolean): Ending {
  if (cancelled) return { outcome: 'cancelled' };
  const report = failureReport(error);
  if (!report) throw error;
  return { outcome: 'failed', error: report };
}

/** Closes the run in the engine's database, also when the workflow is cancelled. Throws when that was not possible. */
export async function recordEnding(run: RunRef, view: RunView, ending: Ending): Promise<RunResult> {
  const summary = `${ending.outcome}: ${formatNumber(view.accepted)} accepted, ${formatNumber(view.rejected)} rejected`;
  const input: CloseRunInput = { run, ...ending };
  try {
    return await CancellationScope.nonCancellable(() => closeRun.executeWithOptions({ summary }, [input]));
  } catch (error) {
    throw unclosed(error, ending);
  }
}

/** The workflow's own end: the result, or its failure, which carries it. A cancellation carries nothing; the engine's database has the same. */
export function endWorkflow(ending: Ending, result: RunResult): RunResult {
  switch (ending.outcome) {
    case 'completed':
      return result;
    case 'cancelled':
      throw new CancelledFailure('The run was cancelled.');
    case 'failed':
      throw runFailure(ending.error, result);
  }
}

/** The failure of a workflow: its type is the error's code, its details the run's result, or the error alone when there is none. */
export function runFailure(
  error: ErrorReport,
  result: RunResult | { error: ErrorReport } = { error },
): ApplicationFailure {
  return ApplicationFailure.create({
    type: error.code,
    message: `${error.message} ${error.remedy}`.trim(),
    nonRetryable: true,
    details: [result],
  });
}

/** A run that lost its claim says so; any other failure to close comes second to what ended the run. */
function unclosed(error: unknown, ending: Ending): unknown {
  const report = failureReport(error);
  if (!report) return error;
  return runFailure(ending.outcome === 'failed' && report.code !== 'RunSuperseded' ? ending.error : report);
}
