import { expect, test } from 'vitest';
import { chunksByWorker, stepGroups, stepTimes, type HistoryEvent } from '../../bench/history.js';

const at = (seconds: number): object => ({ seconds, nanos: 500_000_000 });
const event = (seconds: number, attributes: object): HistoryEvent => ({ eventTime: at(seconds), ...attributes });
const scheduled = (activityType: string, workflowTask: number): object => ({
  activityTaskScheduledEventAttributes: {
    activityType: { name: activityType },
    workflowTaskCompletedEventId: workflowTask,
  },
});

const history = [
  event(10, { workflowExecutionStartedEventAttributes: {} }),
  event(11, scheduled('openRun', 1)),
  event(12, scheduled('diffSegment', 5)),
  event(12, scheduled('recordState', 5)),
  event(13, { activityTaskStartedEventAttributes: { scheduledEventId: 3 } }),
  event(17, { activityTaskCompletedEventAttributes: { scheduledEventId: 3, startedEventId: 5 } }),
  event(18, { markerRecordedEventAttributes: { markerName: 'core_local_activity', workflowTaskCompletedEventId: 9 } }),
  event(18, { markerRecordedEventAttributes: { markerName: 'core_patch', workflowTaskCompletedEventId: 9 } }),
];

test('a step lasts from its start on a worker to its end, not from when it was asked for', () => {
  expect(stepTimes(history, 'diffSegment')).toEqual({ startedMs: 13_500, completedMs: 17_500 });
  expect(stepTimes(history, 'openRun')).toBeUndefined();
});

test('the chunks of a run are counted for the worker that has sent them, however many a step had', () => {
  const sent = (scheduledEventId: number, identity: string, done: number): HistoryEvent => {
    const data = Buffer.from(JSON.stringify({ done, accepted: 10 * done, rejected: 0 }));
    return event(20, {
      activityTaskCompletedEventAttributes: { scheduledEventId, identity, result: { payloads: [{ data }] } },
    });
  };
  const asked = [scheduled('sendChunks', 1), scheduled('sendChunks', 1), scheduled('sendChunks', 1)];
  const events = [...asked.map((step) => event(19, step)), sent(1, 'one', 3), sent(2, 'other', 2), sent(3, 'one', 1)];
  expect([...chunksByWorker(events)]).toEqual([
    ['one', 4],
    ['other', 2],
  ]);
});

test('an empty workflow gets as many steps as a run has, of the same kinds and at once where the run has them at once', () => {
  expect(stepGroups(history)).toEqual([
    { remote: 1, local: 0 },
    { remote: 2, local: 0 },
    { remote: 0, local: 1 },
  ]);
});
