import { setTimeout as sleep } from 'node:timers/promises';
import { NativeConnection } from '@temporalio/worker';
import type { TemporalSettings } from './settings.js';
import { asTemporalUnreachable } from './temporal-unreachable.js';

const retryEveryMs = 1_000;
const reportEveryMs = 10_000;

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
