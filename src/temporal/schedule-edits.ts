import { createHash } from 'node:crypto';
import type { ScheduleDescription } from '@temporalio/client';

/** Kept with the action of a schedule: what Temporal has described of it when Outflow had written it, part by part. */
const KEY = 'outflowWritten';

/** How a schedule may come to differ from what Outflow has written, in words that follow `changed in Temporal:`. */
const PARTS = {
  times: ({ spec }: ScheduleDescription) => spec,
  policies: ({ policies }: ScheduleDescription) => policies,
  'input of its runs': ({ action }: ScheduleDescription) => action.args,
  'task queue': ({ action }: ScheduleDescription) => action.taskQueue,
  'workflow type': ({ action }: ScheduleDescription) => action.workflowType,
  'workflow id': ({ action }: ScheduleDescription) => action.workflowId,
} as const;

/**
 * The memo that says what was written. Temporal gives rules back in a form of its own, which only a description shows: so it
 * is made of that.
 */
export function writtenMemo(described: ScheduleDescription): Record<string, unknown> {
  return { [KEY]: Object.fromEntries(Object.entries(PARTS).map(([part, of]) => [part, hash(of(described))])) };
}

/** What somebody has changed of a schedule in Temporal since Outflow has written it. Pauses, which anybody may make, are none. */
export function editedParts(described: ScheduleDescription): string[] {
  const written = described.action.memo?.[KEY] as Record<string, string> | undefined;
  if (!written) return ['its action'];
  return Object.entries(PARTS)
    .filter(([part, of]) => written[part] !== hash(of(described)))
    .map(([part]) => part);
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 12);
}
