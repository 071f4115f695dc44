import type pg from 'pg';
import type { ClaimedRun } from './claimed-run.js';
import { runSuperseded } from './claimed-run.js';

/**
 * Runs `work` in a transaction that commits only while the run holds its claim. The claim is locked after the work, in share
 * mode: a takeover waits for the commit alone, never for a process that was stopped in the middle of a COPY.
 * Throws RunSuperseded, with nothing written.
 */
export async function withClaim<T>(client: pg.ClientBase, run: ClaimedRun, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await work();
    await lockClaim(client, run);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined); // a broken connection rolls back by itself
    throw error;
  }
}

/** In a transaction: makes a takeover wait for its end. Throws RunSuperseded when the run has lost its claim. */
export async function lockClaim(client: pg.ClientBase, run: ClaimedRun): Promise<void> {
  const claim = await client.query(
    'select from outflow.claim where activation_id = $1::bigint and run_id = $2::bigint for share',
    [run.activationId, run.runId],
  );
  if (claim.rowCount === 0) throw runSuperseded(run.runId);
}
