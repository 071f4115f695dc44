import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { RunSteps } from '../activation/steps.js';

// A withdrawn step ends what it has begun and says how it ended: nothing may be on the wire once a run calls itself paused.
const cancellationType = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;

/** Short work in the engine's database. An engine that is away for less than about four hours fails no run. */
export const { openRun, loadSnapshot, recordState, closeRun } = proxyActivities<RunSteps>({
  cancellationType,
  startToCloseTimeout: '5 minutes',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 250 },
});

/** One pass over a whole segment; each attempt begins from the start. Called on a task queue of its own. */
export const { diffSegment } = proxyActivities<RunSteps>({
  cancellationType,
  startToCloseTimeout: '6 hours',
  heartbeatTimeout: '1 minute',
  retry: { initialInterval: '5 seconds', maximumInterval: '5 minutes', maximumAttempts: 5 },
});

/**
 * Called with a heartbeat time-out longer than one request. Outages of the destination are no failures of this step, so
 * its attempts are left for killed workers and for an engine that is away.
 */
export const { sendChunk } = proxyActivities<RunSteps>({
  cancellationType,
  startToCloseTimeout: '10 minutes',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 250 },
});

export const { foldSnapshot } = proxyActivities<RunSteps>({
  cancellationType,
  startToCloseTimeout: '6 hours',
  heartbeatTimeout: '1 minute',
  retry: { initialInterval: '5 seconds', maximumAttempts: 3 },
});
