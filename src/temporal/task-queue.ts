import type { Client } from '@temporalio/client';
import { taskQueue } from '../activation/task-queues.js';

/** Where a client starts workflows, like the namespace that it starts them in. */
const taskQueues = new WeakMap<Client, string>();

export function useTaskQueue(client: Client, name: string): Client {
  taskQueues.set(client, name);
  return client;
}

/** The task queue of the engine that the client works for. */
export function taskQueueOf(client: Client): string {
  return taskQueues.get(client) ?? taskQueue;
}
