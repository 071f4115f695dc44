import { CancellationScope, log } from '@temporalio/workflow';
import type { OpenedRun } from './carried-run.js';
import type { Ending } from './end-run.js';
import { failureReport } from './step-failure.js';
import { openIncident } from './steps.js';

/**
 * After a failure that no repeat can mend: opens an incident, which pauses what stands on the culprit. Where that is not
 * possible the run's own failure stands, and the next run tries again.
 */
export async function reportCulprit({ run }: OpenedRun, ending: Ending): Promise<void> {
  if (ending.outcome !== 'failed' || ending.error.culprit === undefined) return;
  const { error } = ending;
  try {
    await CancellationScope.nonCancellable(() =>
      openIncident.executeWithOptions({ summary: `${error.code}: the ${error.culprit} is at fault` }, [{ run, error }]),
    );
  } catch (failure) {
    if (!failureReport(failure)) throw failure;
    log.warn('No incident was opened: what stands on the culprit is not paused, and the next run tries again.');
  }
}
