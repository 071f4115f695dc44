import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

const RETRY_EVERY_MS = 500;

/**
 * Waits until fewer than `concurrentReads` segments of the source are read, by any worker, and takes one of its slots: an
 * advisory lock that ends when the client is released, or its connection ends. An aborted `signal` ends the wait with its reason.
 */
export async function waitForReadSlot(
  client: pg.ClientBase,
  source: { name: string; concurrentReads: number },
  signal: AbortSignal,
): Promise<void> {
  while (!(await takeReadSlot(client, source))) await sleep(RETRY_EVERY_MS, undefined, { signal });
}

async function takeReadSlot(
  client: pg.ClientBase,
  { name, concurrentReads }: { name: string; concurrentReads: number },
): Promise<boolean> {
  for (let slot = 1; slot <= concurrentReads; slot++) {
    const taken = await client.query<{ taken: boolean }>(
      `select pg_try_advisory_lock(hashtext('outflow source ' || $1), $2) as taken`,
      [name, slot],
    );
    if (taken.rows[0]!.taken) return true;
  }
  return false;
}
