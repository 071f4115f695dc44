import pg from 'pg';
import { type ClaimedRun, runSuperseded } from './claimed-run.js';
import type { WireField } from '../../copy/binary-rows.js';
import { copyIn } from '../../copy/binary-copy.js';

/** SQLSTATE of our own: the run has lost its claim. Classes that begin with O are nobody's. */
const CLAIM_LOST = 'OF001';

/**
 * `copyIn` in a transaction of its own, committed asynchronously, and only while the run has its claim: as `withClaim`, but
 * all of it in one message. A diff keeps the process busy, so that the server would wait a while for each statement.
 * Throws RunSuperseded, with nothing written.
 */
export async function copyWithClaim(
  client: pg.ClientBase,
  run: ClaimedRun,
  target: string,
  rows: Iterable<WireField[]> | AsyncIterable<WireField[]>,
): Promise<void> {
  try {
    await copyIn(client, target, rows, {
      before: 'begin; set local synchronous_commit = off',
      after: `${requireClaimOrRaise(run)}; commit`,
    });
  } catch (error) {
    await client.query('rollback').catch(() => undefined); // a broken connection rolls back by itself
    if (error instanceof pg.DatabaseError && error.code === CLAIM_LOST) throw runSuperseded(run.runId);
    throw error;
  }
}

/** In a text without parameters, which the message of a COPY cannot have. */
function requireClaimOrRaise({ activationId, runId }: ClaimedRun): string {
  return `do $$ begin
    perform from outflow.claim where activation_id = ${activationId} and run_id = ${runId} for share;
    if not found then raise 'the claim is lost' using errcode = '${CLAIM_LOST}'; end if;
  end $$`;
}
