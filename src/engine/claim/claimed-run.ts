import type { Knex } from 'knex';
import { OutflowError } from '../../activation/errors.js';

/** The run in whose name something is written: it may write only while it holds its activation's claim. */
export interface ClaimedRun {
  activationId: number;
  runId: number;
}

/**
 * The first CTE of every statement that a run writes by: one row while the run holds the claim, and a lock on it that makes
 * a takeover wait for the statement. The statement must draw on it (`from claimed`, or `where exists (select from claimed)`).
 * Bindings: `:activationId` and `:runId`.
 */
export const claimed = /* sql */ `claimed as materialized (
  select 1 from outflow.claim where activation_id = :activationId and run_id = :runId for share
)`;

/**
 * Executes one data-modifying statement with a `returning` clause that draws on the CTE `claimed`, and returns its rows.
 * No rows means that the statement found nothing to write; throws `RunSuperseded` when the run has lost the claim.
 */
export async function writeFenced<Row = unknown>(
  db: Knex,
  fence: ClaimedRun,
  statement: string,
  bindings: Record<string, Knex.Value> = {},
): Promise<Row[]> {
  const { rows } = await db.raw<{ rows: (Row & { claim_held: boolean; row_written: boolean | null })[] }>(
    `with ${claimed}, written as (${statement})
     select claim_held, row_written, written_row.*
     from (select exists (select from claimed) as claim_held) held
     left join (select true as row_written, written.* from written) written_row on true`,
    { ...bindings, activationId: fence.activationId, runId: fence.runId },
  );
  if (rows[0]?.claim_held !== true) throw runSuperseded(fence.runId);
  return rows.filter((row) => row.row_written === true);
}

/** In a transaction: holds the claim for the run until the transaction ends. Throws `RunSuperseded` when it has lost it. */
export async function holdClaim(trx: Knex.Transaction, fence: ClaimedRun): Promise<void> {
  const held = await trx<{ activation_id: number; run_id: number }>('outflow.claim')
    .where({ activation_id: fence.activationId, run_id: fence.runId })
    .forShare()
    .first('run_id');
  if (!held) throw runSuperseded(fence.runId);
}

export function runSuperseded(runId: number): OutflowError {
  return new OutflowError(
    'RunSuperseded',
    `Run ${runId} no longer holds its activation: it was closed, or another run took over.`,
    'Nothing is lost: what it had not acknowledged is sent by the runs that follow. `outflow runs` lists them.',
  );
}
