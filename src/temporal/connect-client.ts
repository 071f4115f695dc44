import { Client, Connection } from '@temporalio/client';
import type { TemporalSettings } from './settings.js';
import { useTaskQueue } from './task-queue.js';
import { asTemporalUnreachable } from './temporal-unreachable.js';

const CLIENT_CONNECT_MS = 5_000;

/**
 * A client of the namespace, once Temporal has answered; ended by `client.connection.close()`. Apart from the worker's
 * connection, whose native library takes longer to load than all else that a command does.
 * Throws TemporalUnreachable after 5 seconds without an answer.
 */
export async function connectClient(settings: TemporalSettings): Promise<Client> {
  try {
    const connection = await Connection.connect({ ...settings.connection, connectTimeout: CLIENT_CONNECT_MS });
    return useTaskQueue(new Client({ connection, namespace: settings.namespace }), settings.taskQueue);
  } catch (error) {
    throw asTemporalUnreachable(settings, error) ?? error;
  }
}
