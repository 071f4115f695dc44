import type { Knex } from 'knex';
import { type ClaimedRun, runSuperseded } from './claimed-run.js';

/**
 * The first CTE of every statement that a run writes by: one row while the run has the claim, and a lock on it that makes
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
export async function writeWithClaim<Row = unknown>(
  db: Knex,
  run: ClaimedRun,
  statement: string,
  bindings: Record<string, Knex.Value> = {},
): Promise<Row[]> {
  const { rows } = await db.raw<{ rows: (Row & { has_claim: boolean; row_written: boolean | null })[] }>(
    `with ${claimed}, written as (${statement})
     select has_claim, row_written, written_row.*
     from (select exists (select from claimed) as has_claim) claim
     left join (select true as row_written, written.* from written) written_row on true`,
    { ...bindings, activationId: run.activationId, runId: run.runId },
  );
  if (rows[0]?.has_claim !== true) throw runSuperseded(run.runId);
  return rows.filter((row) => row.row_written === true);
}
