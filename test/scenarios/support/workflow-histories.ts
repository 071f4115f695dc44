import type { Client } from '@temporalio/client';
import type proto from '@temporalio/proto';

type Event = proto.temporal.api.history.v1.IHistoryEvent;

/** The events of a workflow from its first execution on, through all that continue it, and of the one it was reset to. */
export async function eventsOf(client: Client, workflowId: string, firstRunId: string): Promise<Event[][]> {
  const histories: Event[][] = [];
  const seen = new Set<string>();
  const { runId: lastRunId } = await client.workflow.getHandle(workflowId).describe();
  for (let runId of [firstRunId, lastRunId]) {
    while (runId !== '' && !seen.has(runId)) {
      seen.add(runId);
      const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      histories.push(events ?? []);
      runId = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? '';
    }
  }
  return histories;
}

/** Whether `text`, in lower case, is anywhere in this value: payloads included, whatever their case. */
export function holds(value: unknown, text: string): boolean {
  if (typeof value === 'string') return value.toLowerCase().includes(text);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8').toLowerCase().includes(text);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, each]) => key.toLowerCase().includes(text) || holds(each, text));
}
