import type { Knex } from 'knex';
import type { Actor } from '../../activation/actor.js';
import type { ErrorReport } from '../../activation/errors.js';
import type { RunOutcome, RunResult } from '../../activation/run.js';
import { lockClaimForTakeover, releaseClaim } from '../claim/claim.js';
import { recordAction } from '../audit/audit.js';
import type { Engine } from '../database/database.js';
import { endRun } from './end-run.js';
import { type ClaimedRun, runSuperseded } from '../claim/claimed-run.js';
import { readRunResult } from './runs.js';

export interface RunEnd extends ClaimedRun {
  outcome: 'completed' | 'failed' | 'cancelled';
  error?: ErrorReport;
  /** Who closes it in the place of its workflow, and why; absent when the run ends by itself. */
  closedBy?: { actor: Actor; reason: string };
}

/**
 * Closes the run and releases its activation. A run that has sent all that it found also settles the rejections that are
 * left of earlier runs and not deferred: their contacts left the segment, became invalid, or have nothing to send any more.
 * A completed run with anything rejected, deferred or invalid is `completed_with_warnings`. Safe to repeat: a run that is
 * closed already keeps its result, which is returned. Throws `RunSuperseded` when another run took over.
 */
export async function closeRun(engine: Engine, end: RunEnd): Promise<RunResult> {
  return engine.db.transaction(async (trx) => {
    const holder = await lockClaimForTakeover(trx, end.activationId);
    const standing = await readRunResult(trx, end.runId);
    if (standing.state === 'closed' && standing.error?.code !== 'RunSuperseded') return standing;
    if (holder?.runId !== end.runId) throw runSuperseded(end.runId);

    const result = await endRun(trx, end.runId, {
      outcome: end.outcome === 'completed' ? completed(standing) : end.outcome,
      ...(end.error ? { error: end.error } : {}),
    });
    await trx.raw(
      `delete from outflow.invalid_row_block
       where activation_id = :activationId and run_id < :runId
         and exists (select from outflow.run_diff where run_id = :runId)`,
      { activationId: end.activationId, runId: end.runId },
    );
    if (end.outcome === 'completed' && result.counts.unsent === 0) {
      await settleRejections(trx, end);
      await recordEverythingSent(trx, end.activationId);
    }
    await releaseClaim(trx, end.activationId);
    if (end.closedBy) {
      const { actor, reason } = end.closedBy;
      await recordAction(trx, actor, 'cancel', [end.activationId], { reason });
    }
    return result;
  });
}

function completed({ counts }: RunResult): RunOutcome {
  return counts.rejected + counts.deferred + counts.invalid + counts.invalidValues > 0
    ? 'completed_with_warnings'
    : 'completed';
}

async function settleRejections(trx: Knex.Transaction, { activationId, runId }: ClaimedRun): Promise<void> {
  await trx.raw(
    `delete from outflow.rejection
     where activation_id = :activationId and run_id < :runId and deferred_in_run is distinct from :runId
       and exists (select from outflow.run_diff where run_id = :runId)`,
    { activationId, runId },
  );
}

/** After the first run, and after a full run or, when that one was interrupted, the run that finished it. */
async function recordEverythingSent(trx: Knex.Transaction, activationId: number): Promise<void> {
  await trx.raw(
    `update outflow.snapshot set everything_sent_at = clock_timestamp(), full_because = null
     where activation_id = ? and (everything_sent_at is null or full_because is not null)`,
    [activationId],
  );
}
