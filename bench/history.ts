import type { temporal } from '@temporalio/proto';
import type { SendChunksResult } from '../src/activation/steps.js';

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** When a step ran, ms since the epoch, by the event times of Temporal. */
export interface StepTimes {
  startedMs: number;
  completedMs: number;
}

/** Steps that one workflow task asked for, all at once. */
export interface StepGroup {
  remote: number;
  /** Run by the worker that has the workflow, without a queue. */
  local: number;
}

/** How the SDK marks a local activity that has ended. */
const localActivityMarker = 'core_local_activity';

export function startOf(events: readonly HistoryEvent[]): number {
  return timeOf(events[0]!);
}

/** Of a workflow that has closed. */
export function closeOf(events: readonly HistoryEvent[]): number {
  return timeOf(events.at(-1)!);
}

/** The first completed execution of a step; undefined while there is none. */
export function stepTimes(events: readonly HistoryEvent[], activityType: string): StepTimes | undefined {
  for (const completed of events) {
    const { scheduledEventId, startedEventId } = completed.activityTaskCompletedEventAttributes ?? {};
    if (!scheduledEventId || !startedEventId) continue;
    const scheduled = events[Number(scheduledEventId) - 1]?.activityTaskScheduledEventAttributes;
    if (scheduled?.activityType?.name !== activityType) continue;
    return { startedMs: timeOf(events[Number(startedEventId) - 1]!), completedMs: timeOf(completed) };
  }
  return undefined;
}

/** How many chunks of the run each worker has sent, by its identity. */
export function chunksByWorker(events: readonly HistoryEvent[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { activityTaskCompletedEventAttributes: completed } of events) {
    const scheduled = events[Number(completed?.scheduledEventId) - 1]?.activityTaskScheduledEventAttributes;
    if (!completed || scheduled?.activityType?.name !== 'sendChunks') continue;
    const { done } = JSON.parse(Buffer.from(completed.result!.payloads![0]!.data!).toString()) as SendChunksResult;
    const worker = completed.identity ?? '';
    counts.set(worker, (counts.get(worker) ?? 0) + done);
  }
  return counts;
}

/** All steps of a history, in the order in which workflow tasks asked for them. */
export function stepGroups(events: readonly HistoryEvent[]): StepGroup[] {
  const groups = new Map<string, StepGroup>();
  const groupOf = (workflowTask: unknown): StepGroup => {
    const key = String(workflowTask);
    const group = groups.get(key) ?? { remote: 0, local: 0 };
    groups.set(key, group);
    return group;
  };
  for (const { activityTaskScheduledEventAttributes: remote, markerRecordedEventAttributes: marker } of events) {
    if (remote) groupOf(remote.workflowTaskCompletedEventId).remote++;
    if (marker?.markerName === localActivityMarker) groupOf(marker.workflowTaskCompletedEventId).local++;
  }
  return [...groups.values()];
}

function timeOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime!.seconds) * 1000 + (eventTime!.nanos ?? 0) / 1e6;
}
