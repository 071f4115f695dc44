import type { Knex } from 'knex';
import type pg from 'pg';
import { copyIn, int4, int8, text } from '../../copy/binary-copy.js';
import { runSuperseded } from '../../engine/claim/claimed-run.js';
import { claimed } from '../../engine/claim/write-with-claim.js';
import type { Engine } from '../../engine/database/database.js';
import { indexOf } from '../../snapshot/store/block-lines.js';
import { type OutboxChunk, THIS_CHUNK } from './chunk.js';
import type { RecordedRefusal, Settlement } from './settle-refusals.js';

/**
 * Makes the chunk part of the snapshot. Rejections of earlier runs for contacts in its range of keys are settled by it:
 * those contacts were sent again, left the segment, or became invalid; those that are deferred stay. A contact that is
 * refused again with the same values waits longer: `retryAfterMs` after its first refusal, its second, and so on; the last
 * one repeats. Throws RunSuperseded.
 */
export async function acknowledge(
  engine: Engine,
  chunk: OutboxChunk,
  { refusals, ...settlement }: Settlement,
  retryAfterMs: readonly number[],
): Promise<void> {
  const settled = (db: Knex): Promise<void> => settle(db, chunk, settlement, retryAfterMs);
  if (refusals.length === 0) return settled(engine.db);
  await engine.db.transaction(async (trx) => {
    // First, because the next statement locks the claim until the end.
    await copyIn(await connectionOf(trx), REJECTION, rejections(chunk, refusals));
    await settled(trx);
  });
}

async function settle(
  db: Knex,
  chunk: OutboxChunk,
  settlement: Omit<Settlement, 'refusals'>,
  retryAfterMs: readonly number[],
): Promise<void> {
  const acked = await db.raw<{ rowCount: number }>(
    `with ${claimed}, done as (
       update outflow.change_chunk k
       set acked_at = clock_timestamp(), owed = cast(:owed as bytea), accepted = :accepted, rejected = :rejected,
           attributes_sent = :attributesSent, progress = null, hashes = cast(:hashes as bytea), places = cast(:places as bytea),
           invalid_values = (select coalesce(array_agg(v - a order by i), '{}')
                             from unnest(k.invalid_values, cast(:absentInvalidValues as int[])) with ordinality u(v, a, i))
       where ${THIS_CHUNK}
       returning k.diff_attempt, k.seq, k.last_key),
     not_standing as (
       update outflow.run_diff d
       set invalid_values = (select array_agg(v - a order by i)
                             from unnest(d.invalid_values, cast(:absentInvalidValues as int[])) with ordinality u(v, a, i))
       where d.run_id = :runId and exists (select from done) and 0 < any (cast(:absentInvalidValues as int[]))),
     counted as (
       update outflow.rejection r
       set attempts = earlier.refusals + 1,
           due_at = statement_timestamp() + make_interval(secs => (cast(:retryAfterMs as bigint[]))[
             least(earlier.refusals + 1, cardinality(cast(:retryAfterMs as bigint[])))] / 1000.0)
       from (
         select new.rejection_id, coalesce(max(old.attempts), 0) as refusals
         from outflow.rejection new
         left join outflow.rejection old on old.activation_id = new.activation_id and old.identifier = new.identifier
           and old.values_hash = new.values_hash and old.run_id < :runId
         where new.activation_id = :activationId and new.run_id = :runId and new.attempts = 0
         group by new.rejection_id) earlier
       where r.rejection_id = earlier.rejection_id),
     healed as (
       delete from outflow.rejection r using done
       where r.activation_id = :activationId and r.run_id < :runId and r.deferred_in_run is distinct from :runId
         and (r.identifier <= done.last_key
              or done.seq = (select send_chunks from outflow.run_diff where run_id = :runId))
         and (done.seq = 1
              or r.identifier > (select p.last_key from outflow.change_chunk p where p.run_id = :runId
                                 and p.diff_attempt = done.diff_attempt and p.kind = 'send' and p.seq = done.seq - 1)))
     select from done`,
    {
      ...chunk.run,
      seq: chunk.seq,
      ...settlement,
      ...blockIndexOf(chunk, settlement.owed),
      retryAfterMs: [...retryAfterMs],
    },
  );
  if (acked.rowCount === 0) throw runSuperseded(chunk.run.runId);
}

/**
 * What makes a chunk a block of the base, where it may be one: hashes and places of its lines, which all stand as they are.
 * As parameters they may come into a server's log, where they say nothing: their seed never leaves the database that way.
 */
function blockIndexOf(
  { rows, baseHasher }: OutboxChunk,
  owed: Buffer | null,
): { hashes: Buffer | null; places: Buffer | null } {
  if (baseHasher === undefined || owed !== null) return { hashes: null, places: null };
  return indexOf(rows.data, baseHasher);
}

/** The transaction's own connection, for COPY, which knex has no call for. */
async function connectionOf(trx: Knex.Transaction): Promise<pg.ClientBase> {
  const client = trx.client as { acquireConnection(): Promise<pg.ClientBase> };
  return client.acquireConnection();
}

const REJECTION =
  'outflow.rejection (activation_id, run_id, identifier, target, attribute, code, values_hash, attempts)';

/** Not counted yet: 0 attempts. */
function* rejections(chunk: OutboxChunk, refusals: readonly RecordedRefusal[]): Generator<(Buffer | null)[]> {
  const { activationId, runId } = chunk.run;
  for (const { row, target, code, column, valuesHash } of refusals) {
    const attribute = column === undefined ? null : text(chunk.layout.columns[column]!.attribute);
    yield [
      ...[int8(activationId), int8(runId), chunk.rows.key(row), text(target), attribute, text(code)],
      ...[valuesHash, int4(0)],
    ];
  }
}
