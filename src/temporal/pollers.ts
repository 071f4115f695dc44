import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { taskQueueOf } from './task-queue.js';

/** Whether workers ask Temporal for the steps of runs. */
export interface Pollers {
  isServed: boolean;
  /** When a worker has asked last; undefined when none has for some minutes, after which Temporal forgets it. */
  lastAskedAt?: Date;
}

/** A worker asks at least every minute: Temporal answers each question within that time. */
const ASKED_WITHIN_MS = 75_000;

/** Asks Temporal who polls the queue of runs: one question, whatever the number of activations. */
export async function pollersOfRuns(client: Client): Promise<Pollers> {
  const { connection, options } = client;
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace: options.namespace,
    taskQueue: { name: taskQueueOf(client) },
    taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  });
  const times = pollers.map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000);
  if (times.length === 0) return { isServed: false };
  const last = Math.max(...times);
  return { isServed: Date.now() - last < ASKED_WITHIN_MS, lastAskedAt: new Date(last) };
}
