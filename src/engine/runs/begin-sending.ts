import type { EnginePosition } from '../../activation/engine-position.js';
import { type ClaimedRun, runSuperseded } from '../claim/claimed-run.js';
import { claimed } from '../claim/write-with-claim.js';
import type { Engine } from '../database/database.js';
import { noticeSetBack } from '../place/position.js';

interface PositionRow {
  engine: string;
  epoch: Date;
  sendings: number;
  has_claim: boolean;
}

/**
 * From here on every chunk of the run is in doubt until it is acknowledged, marked as attempted or not: a database that is set
 * back to a moment after this one may have lost the marks. Returns the position that Temporal has to know before a request
 * leaves, so that a database that lacks this is noticed. Safe to repeat. Throws RunSuperseded.
 *
 * `told`: what Temporal knew of the database before. A run may have been opened before the moment to which the database was
 * set back: counted without this comparison, it would take the count of one that is lost, and hide the loss from all runs that follow.
 */
export async function beginSending(engine: Engine, run: ClaimedRun, told?: EnginePosition): Promise<EnginePosition> {
  // Committed alone: the statement below finds the run closed by it, and throws.
  await engine.db.transaction((trx) => noticeSetBack(trx, told));
  const { rows } = await engine.db.raw<{ rows: PositionRow[] }>(
    `with ${claimed}, doubted as (
       update outflow.change_chunk k set sending = true
       from outflow.run_diff d
       where d.run_id = :runId and k.run_id = d.run_id and k.diff_attempt = d.diff_attempt and k.kind = 'send'
         and not k.sending and exists (select from claimed)
       returning k.seq),
     counted as (
       update outflow.engine set sendings = sendings + 1, sent_run = greatest(sent_run, :runId)
       where exists (select from doubted) returning sendings)
     select e.engine_id as engine, e.epoch, coalesce((select sendings from counted), e.sendings) as sendings,
       exists (select from claimed) as has_claim
     from outflow.engine e`,
    { activationId: run.activationId, runId: run.runId },
  );
  const [row] = rows;
  if (row?.has_claim !== true) throw runSuperseded(run.runId);
  return { engine: row.engine, epoch: row.epoch.getTime(), sendings: row.sendings, runId: run.runId };
}
