import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { TemporalSettings } from './settings.js';
import { asTemporalUnreachable } from './temporal-unreachable.js';

const clientConnectMs = 5_000;
const retryEveryMs = 1_000;
const reportEveryMs = 10_000;

/**
 * A client of the namespace, once Temporal has answered; ended by `client.connection.close()`.
 * Throws TemporalUnreachable after 5 seconds without an answer.
 */
export async function connectClient(settings: TemporalSettings): Promise<Client> {
  try {
    const connection = await Connection.connect({ ...settings.connection, connectTimeout: clientConnectMs });
    return new Client({ connection, namespace: settings.namespace });
  } catch (error) {
    throw asTemporalUnreachable(settings, error) ?? error;
  }
}

/**
 * A worker's connection, once Temporal has answered and knows the namespace; ended by `close()`.
 * Throws TemporalUnreachable.
 */
export async function connectWorker(settings: TemporalSettings): Promise<NativeConnection> {
  try {
    const connection = await NativeConnection.connect(settings.connection);
    try {
      await connection.workflowService.describeNamespace({ namespace: settings.namespace });
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  } catch (error) {
    throw asTemporalUnreachable(settings, error) ?? error;
  }
}

/**
 * As connectWorker, but waits until Temporal is up and the namespace there, as long as it takes, and says so at once and
 * then every 10 seconds. Refused credentials are thrown: waiting does not mend them. An aborted `signal` ends the wait
 * with its reason.
 */
export async function waitForTemporal(
  settings: TemporalSettings,
  report: (line: string) => void,
  signal?: AbortSignal,
): Promise<NativeConnection> {
  let nextReportAt = -Infinity;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await connectWorker(settings);
    } catch (error) {
      const unreachable = asTemporalUnreachable(settings, error);
      if (!unreachable?.mayHeal) throw error;
      if (performance.now() >= nextReportAt) {
        report(`${unreachable.message} Waiting for it.`);
        nextReportAt = performance.now() + reportEveryMs;
      }
    }
    await sleep(retryEveryMs, undefined, signal ? { signal } : {});
  }
}
