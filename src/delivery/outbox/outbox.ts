import type { Knex } from 'knex';
import type pg from 'pg';
import type { Layout } from '../../activation/layout.js';
import { withConnection, type Engine } from '../../engine/database/database.js';
import { copyIn, copyOut, int4, int8, jsonb, text } from '../../copy/binary-copy.js';
import { indexOf } from '../../snapshot/store/block-lines.js';
import { chunkMemory, type ChunkMemory } from '../../snapshot/chunks/memory.js';
import { LineHasher } from '../../snapshot/index/line-hash.js';
import { SendChunkRows } from '../../snapshot/chunks/rows.js';
import type { RecordedRefusal, Settlement } from './settle-refusals.js';
import { type ClaimedRun, runSuperseded } from '../../engine/claim/claimed-run.js';
import { claimed, writeWithClaim } from '../../engine/claim/write-with-claim.js';

/** A chunk of the run's published diff, as it is sent. */
export interface OutboxChunk {
  run: ClaimedRun;
  seq: number;
  layout: Layout;
  rows: SendChunkRows;
  /** What `saveProgress` stored last, or null. */
  progress: unknown;
  /** For the lines of a first run, whose chunks become the snapshot's base; undefined when another lies below. */
  baseHasher: LineHasher | undefined;
  acknowledged: undefined;
  /** Nobody reads its rows any more: gives their memory back. To be called once. */
  release(): void;
}

/** A chunk that an earlier attempt has acknowledged: so many contacts. */
export interface AcknowledgedChunk {
  acknowledged: { accepted: number; rejected: number };
}

interface ChunkHead {
  diff_attempt: number;
  layout: Layout;
  progress: unknown;
  accepted: number | null;
  rejected: number | null;
  /** null when something was acknowledged before the run. */
  base_hash_seed: Buffer | null;
}

/**
 * Reads a chunk to send; of one that is acknowledged only that. Throws RunSuperseded when the run has no such chunk: it was
 * dropped with its run.
 */
export async function loadChunk(
  engine: Engine,
  run: ClaimedRun,
  seq: number,
): Promise<OutboxChunk | AcknowledgedChunk> {
  return withConnection(engine, async (client) => {
    const head = await client.query<ChunkHead>(
      `select d.diff_attempt, d.layout, c.progress, c.accepted, c.rejected,
              (select s.hash_seed from outflow.snapshot s where s.activation_id = d.activation_id and s.layout is null
                 and not exists (select from outflow.change_chunk o where o.activation_id = d.activation_id and o.run_id < d.run_id)) as base_hash_seed
       from outflow.run_diff d
       join outflow.change_chunk c on c.run_id = d.run_id and c.diff_attempt = d.diff_attempt
       where d.run_id = $1::bigint and c.kind = 'send' and c.seq = $2::int`,
      [run.runId, seq],
    );
    const found = head.rows[0];
    if (found === undefined) throw runSuperseded(run.runId);
    const { layout, progress, accepted, rejected, base_hash_seed } = found;
    if (accepted !== null && rejected !== null) return { acknowledged: { accepted, rejected } };
    const query = `select row_count, flags, data from outflow.change_chunk where run_id = ${run.runId} and diff_attempt = ${found.diff_attempt} and kind = 'send' and seq = ${seq}`;
    const memory: ChunkMemory[] = [];
    const memoryFor = (bytes: number): Buffer => {
      memory.push(chunkMemory(bytes));
      return memory.at(-1)!.bytes.subarray(0, bytes);
    };
    let rows: SendChunkRows | undefined;
    for await (const [rowCount, flags, data] of copyOut(client, query, memoryFor)) {
      const stored = { rowCount: rowCount!.readInt32BE(), flags: flags!, data: data! };
      rows = new SendChunkRows(stored, layout.columns.length);
    }
    if (rows === undefined) throw runSuperseded(run.runId);
    const baseHasher = base_hash_seed === null ? undefined : new LineHasher(base_hash_seed);
    const release = (): void => memory.forEach((each) => each.release());
    return { run, seq, layout, rows, progress, baseHasher, acknowledged: undefined, release };
  });
}

const THIS_CHUNK = `k.run_id = :runId and k.kind = 'send' and k.seq = :seq
  and k.diff_attempt = (select d.diff_attempt from outflow.run_diff d where d.run_id = :runId)
  and k.acked_at is null and exists (select from claimed)`;

/**
 * Marks the chunk as attempted, durably, before a request leaves: whatever happens then, the next run knows that the
 * destination may have it. Throws RunSuperseded.
 */
export async function markAttempt(engine: Engine, chunk: OutboxChunk): Promise<void> {
  const marked = await writeWithClaim(
    engine.db,
    chunk.run,
    `update outflow.change_chunk k set attempted_at = clock_timestamp(), sending = true, requests = k.requests + 1
     where ${THIS_CHUNK} returning k.seq`,
    { seq: chunk.seq },
  );
  if (marked.length === 0) throw runSuperseded(chunk.run.runId);
}

/** Stores which parts of the chunk each target has answered. Throws RunSuperseded. */
export async function saveProgress(engine: Engine, chunk: OutboxChunk, progress: object): Promise<void> {
  const saved = await writeWithClaim(
    engine.db,
    chunk.run,
    `update outflow.change_chunk k set progress = cast(:progress as jsonb) where ${THIS_CHUNK} returning k.seq`,
    { seq: chunk.seq, progress: JSON.stringify(progress) },
  );
  if (saved.length === 0) throw runSuperseded(chunk.run.runId);
}

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
    { ...keys(chunk), ...settlement, ...blockIndexOf(chunk, settlement.owed), retryAfterMs: [...retryAfterMs] },
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

/** Whether the chunk's run still has its claim, and what was acknowledged of the chunk meanwhile, by whatever attempt. */
export async function chunkStanding(
  engine: Engine,
  { run, seq }: OutboxChunk,
): Promise<{ hasClaim: boolean; acknowledged: { accepted: number; rejected: number } | undefined }> {
  const { rows } = await engine.db.raw<{
    rows: { has_claim: boolean; accepted: number | null; rejected: number | null }[];
  }>(
    `select exists (select from outflow.claim where activation_id = :activationId and run_id = :runId) as has_claim,
            c.accepted, c.rejected
     from (select) one
     left join outflow.change_chunk c on c.run_id = :runId and c.kind = 'send' and c.seq = :seq
       and c.diff_attempt = (select d.diff_attempt from outflow.run_diff d where d.run_id = :runId)`,
    { activationId: run.activationId, runId: run.runId, seq },
  );
  const { has_claim, accepted, rejected } = rows[0]!;
  return {
    hasClaim: has_claim,
    acknowledged: accepted === null || rejected === null ? undefined : { accepted, rejected },
  };
}

/**
 * Records that a request of this chunk may have arrived after its run had lost the claim: all that it carried is owed, above
 * everything that a newer run has acknowledged without knowing of it. Written without a claim: the run has lost it.
 */
export async function recordLateSend(engine: Engine, chunk: OutboxChunk): Promise<void> {
  const { run, layout, rows } = chunk;
  await withConnection(engine, (client) =>
    copyIn(client, 'outflow.late_send (activation_id, run_id, layout, row_count, flags, data)', [
      [int8(run.activationId), int8(run.runId), jsonb(layout), int4(rows.count), rows.flags, rows.data],
    ]),
  );
}

function keys(chunk: OutboxChunk): { activationId: number; runId: number; seq: number } {
  return { activationId: chunk.run.activationId, runId: chunk.run.runId, seq: chunk.seq };
}
