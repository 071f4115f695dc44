import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { RecoverySteps, RunSteps } from '../activation/steps.js';

// A withdrawn step ends what it has begun and says how it ended: nothing may be on the wire once a run calls itself paused.
const cancellationType = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;

/** An engine that is away for less than about four hours fails no run. */
const untilTheEngineIsBack = {
  initialInterval: '1 second',
  maximumInterval: '1 minute',
  maximumAttempts: 250,
} as const;

/** Short work in the engine's database. A worker that froze, or whose machine is gone, holds a run up that long. */
export const { openRun, loadSnapshot, recordState } = proxyActivities<RunSteps>({
  cancellationType,
  startToCloseTimeout: '30 seconds',
  retry: untilTheEngineIsBack,
});

/** Work on all that the run has stored and not sent: a hundred chunks a million contacts. */
export const { settleDiff, closeRun } = proxyActivities<RunSteps>({
  cancellationType,
  startToCloseTimeout: '1 minute',
  retry: untilTheEngineIsBack,
});

/** Work in the engine's database and with Temporal's schedules: a few calls for each activation on the culprit. */
export const { openIncident } = proxyActivities<RunSteps>({
  cancellationType,
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '20 seconds',
  retry: untilTheEngineIsBack,
});
export const { endIncident } = proxyActivities<RecoverySteps>({
  cancellationType,
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '20 seconds',
  retry: untilTheEngineIsBack,
});

/** Short work in the engine's database. */
export const { awaitProbe } = proxyActivities<RecoverySteps>({
  cancellationType,
  startToCloseTimeout: '30 seconds',
  retry: untilTheEngineIsBack,
});

/** Has deadlines of its own for whatever it tries: half a minute in all. */
export const { probeCulprit } = proxyActivities<RecoverySteps>({
  cancellationType,
  startToCloseTimeout: '1 minute',
  retry: untilTheEngineIsBack,
});

/** One pass over a whole segment; each attempt begins from the start. Called on a task queue of its own. */
export const { diffSegment } = proxyActivities<RunSteps>({
  cancellationType,
  startToCloseTimeout: '6 hours',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '5 seconds', maximumInterval: '5 minutes', maximumAttempts: 5 },
});

/**
 * As long as it may begin chunks, a second, and then one chunk. Called with a heartbeat time-out longer than one request.
 * Outages of the destination are no failures of this step, so its attempts are left for killed workers and for an engine
 * that is away. Not given at once to the worker that has the workflow, which would leave little for the others.
 */
export const { sendChunks } = proxyActivities<RunSteps>({
  allowEagerDispatch: false,
  cancellationType,
  startToCloseTimeout: '10 minutes',
  retry: untilTheEngineIsBack,
});

export const { foldSnapshot } = proxyActivities<RunSteps>({
  cancellationType,
  startToCloseTimeout: '6 hours',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '5 seconds', maximumAttempts: 3 },
});
