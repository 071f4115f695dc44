import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from './database.js';
import { EngineUnreachable } from './engine-unreachable.js';

const RETRY_EVERY_MS = 1_000;
const REPORT_EVERY_MS = 10_000;

/**
 * Waits until the engine's database answers, as long as it takes, and says so at once and then every 10 seconds.
 * A refused login is thrown: waiting does not mend it. An aborted `signal` ends the wait with its reason.
 */
export async function waitForEngine(
  engine: Engine,
  report: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  let nextReportAt = -Infinity;
  for (;;) {
    signal?.throwIfAborted();
    try {
      await engine.db.raw('select 1');
      return;
    } catch (error) {
      if (!(error instanceof EngineUnreachable) || !error.mayHeal) throw error;
      if (performance.now() >= nextReportAt) {
        report(`${error.message} Waiting for it.`);
        nextReportAt = performance.now() + REPORT_EVERY_MS;
      }
    }
    await sleep(RETRY_EVERY_MS, undefined, signal ? { signal } : {});
  }
}
