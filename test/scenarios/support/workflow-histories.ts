import type { WorkflowHandle } from '@temporalio/client';

/** The events of a workflow's history that hold `text`, in lower case, anywhere: payloads included, whatever their case. */
export async function eventsThatHold(workflow: WorkflowHandle, text: string): Promise<string[]> {
  const { events } = await workflow.fetchHistory();
  return (events ?? [])
    .filter((event) => holds(event, text))
    .map((event) => `event ${String(event.eventId)} of ${workflow.workflowId}`);
}

function holds(value: unknown, text: string): boolean {
  if (typeof value === 'string') return value.toLowerCase().includes(text);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8').toLowerCase().includes(text);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, each]) => key.toLowerCase().includes(text) || holds(each, text));
}
