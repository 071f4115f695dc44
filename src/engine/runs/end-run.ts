import type { Knex } from 'knex';
import type { ErrorReport } from '../../activation/errors.js';
import type { RunOutcome, RunResult } from '../../activation/run.js';
import { readRunResult } from './runs.js';

/**
 * Writes a run's last figures and drops what its end makes useless: chunks of a run that has not begun to send,
 * and chunks that no diff has published. A chunk that may have been sent and was never acknowledged stays, in doubt. The caller holds the claim's lock.
 */
export async function endRun(
  trx: Knex.Transaction,
  runId: number,
  end: { outcome: RunOutcome; error?: ErrorReport },
): Promise<RunResult> {
  const { counts, attributesSent, requests } = await readRunResult(trx, runId);
  await trx('outflow.run')
    .where({ run_id: runId })
    .update({
      state: 'closed',
      state_since: trx.raw('clock_timestamp()'),
      state_reason: null,
      waiting: null,
      outcome: end.outcome,
      error: end.error ?? null,
      accepted: counts.accepted,
      rejected: counts.rejected,
      unsent: counts.unsent,
      invalid_values: counts.invalidValues,
      attributes_sent: attributesSent,
      requests,
      finished_at: trx.raw('clock_timestamp()'),
    });
  await trx.raw(
    `delete from outflow.change_chunk
     where run_id = :runId
       and ((acked_at is null and attempted_at is null and not sending)
         or diff_attempt is distinct from (select diff_attempt from outflow.run_diff where run_id = :runId))`,
    { runId },
  );
  await trx.raw(
    `delete from outflow.invalid_row_block
     where run_id = :runId
       and diff_attempt is distinct from (select diff_attempt from outflow.run_diff where run_id = :runId)`,
    { runId },
  );
  return readRunResult(trx, runId);
}
