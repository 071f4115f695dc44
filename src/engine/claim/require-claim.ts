import type { Knex } from 'knex';
import type pg from 'pg';
import { type ClaimedRun, runSuperseded } from './claimed-run.js';

/** Keeps the claim for the run until the transaction ends: a takeover waits for that. Throws RunSuperseded when it is lost. */
export async function requireClaim(trx: Knex.Transaction, run: ClaimedRun): Promise<void> {
  const claim = await trx<{ activation_id: number; run_id: number }>('outflow.claim')
    .where({ activation_id: run.activationId, run_id: run.runId })
    .forShare()
    .first('run_id');
  if (!claim) throw runSuperseded(run.runId);
}

/** `requireClaim` in a transaction on a connection of the caller's own. */
export async function requireClaimOn(client: pg.ClientBase, run: ClaimedRun): Promise<void> {
  const claim = await client.query(
    'select from outflow.claim where activation_id = $1::bigint and run_id = $2::bigint for share',
    [run.activationId, run.runId],
  );
  if (claim.rowCount === 0) throw runSuperseded(run.runId);
}

/**
 * Runs `work` in a transaction that commits only while the run has its claim. The claim is locked after the work, in share
 * mode: a takeover waits for the commit alone, never for a process that was stopped in the middle of a COPY.
 * Throws RunSuperseded, with nothing written.
 */
export async function withClaim<T>(client: pg.ClientBase, run: ClaimedRun, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await work();
    await requireClaimOn(client, run);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined); // a broken connection rolls back by itself
    throw error;
  }
}
