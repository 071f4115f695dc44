import type pg from 'pg';
import type { Layout } from '../../activation/layout.js';
import type { GuardFigures } from '../../activation/guards.js';
import type { DiffCounts, ReadMode } from '../../activation/run.js';
import { int4, int4Array, int8, text } from '../../copy/binary-copy.js';
import type { BuiltChunk } from '../chunks/chunk.js';
import type { DiffFigures, DiffSink } from './merge.js';
import { copyWithClaim } from '../../engine/claim/copy-with-claim.js';
import type { Engine } from '../../engine/database/database.js';
import { type ClaimedRun, runSuperseded } from '../../engine/claim/claimed-run.js';
import { StoreQueue } from './store-queue.js';
import { requireClaimOn, withClaim } from '../../engine/claim/require-claim.js';

/** The diff of a run as it was published. */
export interface PublishedDiff extends DiffCounts {
  sendChunks: number;
  settleChunks: number;
  guardFigures: GuardFigures;
}

/** How a segment differs from the snapshot, and how that was found. */
export interface FoundDiff {
  figures: DiffFigures;
  /** Rejections that the diff found not due. */
  deferredIds: readonly number[];
  readMode: ReadMode;
  /** How long it took to read the segment and to find the changes, ms, when that was last done. */
  readMs?: number | null;
  /** Of these rows, in the source. */
  checksum?: string;
  /** How long the source took for a checksum, ms, when it was last asked. */
  checksumMs?: number | null;
  /** Whether a checksum has spared the reading; null when it was not to be asked for, or there was none to compare it with. */
  checksumMatched?: boolean | null;
  /** With `skipped`: the run whose rows these are, too. */
  repeats?: number;
}

/**
 * Stores the diff of a run: chunks one by one under a new attempt, asynchronously committed; `publish` makes them count, in
 * one durable commit. Chunks of an attempt that was never published are replaced by the next one. Attempts may overlap: a
 * process that was stopped goes on when another has taken its place. The first to publish wins.
 */
export class DiffStore implements DiffSink {
  private readonly client: pg.ClientBase;
  private readonly run: ClaimedRun;
  private readonly attempt: number;
  private readonly queue: StoreQueue;

  private constructor(client: pg.ClientBase, run: ClaimedRun, attempt: number) {
    this.client = client;
    this.run = run;
    this.attempt = attempt;
    this.queue = new StoreQueue((target, rows) => copyWithClaim(client, run, target, rows));
  }

  /** Starts an attempt, deleting what unpublished ones left. */
  static async begin(client: pg.ClientBase, run: ClaimedRun): Promise<DiffStore> {
    const attempt = await withClaim(client, run, async () => {
      await waitForOtherAttempts(client, run);
      if ((await publishedDiff(client, run)) === undefined) {
        await client.query('delete from outflow.change_chunk where run_id = $1::bigint', [run.runId]);
        await client.query('delete from outflow.invalid_row_block where run_id = $1::bigint', [run.runId]);
      }
      const next = await client.query<{ attempt: number }>(`select nextval('outflow.diff_attempt') as attempt`);
      return next.rows[0]!.attempt;
    });
    return new DiffStore(client, run, attempt);
  }

  async chunk(chunk: BuiltChunk): Promise<void> {
    const { activationId, runId } = this.run;
    await this.queue.add(
      'outflow.change_chunk (activation_id, run_id, diff_attempt, kind, seq, row_count, last_key, flags, data, replaced, invalid_values)',
      [
        int8(activationId),
        int8(runId),
        int8(this.attempt),
        text(chunk.kind),
        int4(chunk.seq),
        int4(chunk.rowCount),
        chunk.lastKey,
        chunk.flags,
        chunk.data,
        chunk.replaced,
        int4Array(chunk.invalidValues),
      ],
      chunk.release,
    );
  }

  async invalidRows(block: { seq: number; rowCount: number; data: Buffer }): Promise<void> {
    const { activationId, runId } = this.run;
    await this.queue.add('outflow.invalid_row_block (activation_id, run_id, diff_attempt, seq, row_count, data)', [
      int8(activationId),
      int8(runId),
      int8(this.attempt),
      int4(block.seq),
      int4(block.rowCount),
      block.data,
    ]);
  }

  /** Resolves when all that was given is stored. */
  stored(): Promise<void> {
    return this.queue.stored();
  }

  /**
   * Makes the diff count: its chunks may be sent and settled. Where another attempt was published meanwhile, returns that
   * one; what this one has stored goes with the run's end. Throws when another attempt has replaced its chunks.
   */
  async publish(
    diff: FoundDiff & {
      layout: Layout;
      lateSendSeen: number;
      /** Whether anything was ever acknowledged before. */
      acknowledgedBefore: boolean;
    },
  ): Promise<PublishedDiff> {
    await this.stored();
    const { client, run } = this;
    const { figures } = diff;
    const guardFigures = guardFiguresOf(figures, diff.layout, diff.acknowledgedBefore);
    return withClaim(client, run, async () => {
      await waitForOtherAttempts(client, run);
      const other = await publishedDiff(client, run);
      if (other !== undefined) return other;
      await this.refuseUnlessWhole(figures.sendChunks + figures.settleChunks);
      await client.query(
        `insert into outflow.run_diff (run_id, activation_id, diff_attempt, layout, late_send_seen, read, unchanged, new,
           changed, gone, deferred, invalid, invalid_values, send_chunks, settle_chunks, guard_figures,
           read_mode, known_after, read_ms, checksum_ms, checksum_matched)
         values ($1, $2, $3, $4::jsonb, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, $13::int[], $14, $15, $16::jsonb, $17,
           $18, $19, $20, $21)`,
        [
          run.runId,
          run.activationId,
          this.attempt,
          JSON.stringify(diff.layout),
          diff.lateSendSeen,
          figures.read,
          figures.unchanged,
          figures.new,
          figures.changed,
          figures.gone,
          figures.deferred,
          JSON.stringify(figures.invalidRows),
          figures.invalidValues,
          figures.sendChunks,
          figures.settleChunks,
          JSON.stringify(guardFigures),
          diff.readMode,
          figures.knownAfter,
          diff.readMs ?? null,
          diff.checksumMs ?? null,
          diff.checksumMatched ?? null,
        ],
      );
      if (diff.checksum !== undefined) {
        await client.query(
          'update outflow.snapshot set checksum = $2, checksum_run = $3::bigint where activation_id = $1::bigint',
          [run.activationId, diff.checksum, run.runId],
        );
      }
      if (diff.repeats !== undefined) await this.takeInvalidRowsOf(diff.repeats);
      if (diff.readMode === 'sorted') {
        await client.query(
          'update outflow.snapshot set merged_at = clock_timestamp() where activation_id = $1::bigint',
          [run.activationId],
        );
      }
      if (diff.deferredIds.length > 0) {
        await client.query(
          'update outflow.rejection set deferred_in_run = $1::bigint where rejection_id = any ($2::bigint[])',
          [run.runId, diff.deferredIds],
        );
      }
      const { sendChunks, settleChunks } = figures;
      return { ...countsOf(figures), sendChunks, settleChunks, guardFigures };
    });
  }

  /** They are the same, and go with the run that met them first. */
  private async takeInvalidRowsOf(runId: number): Promise<void> {
    await this.client.query(
      'update outflow.invalid_row_block set run_id = $1::bigint, diff_attempt = $2::bigint where run_id = $3::bigint',
      [this.run.runId, this.attempt, runId],
    );
  }

  private async refuseUnlessWhole(chunks: number): Promise<void> {
    const stored = await this.client.query<{ chunks: number }>(
      'select count(*) as chunks from outflow.change_chunk where run_id = $1::bigint and diff_attempt = $2::bigint',
      [this.run.runId, this.attempt],
    );
    if (stored.rows[0]!.chunks === chunks) return;
    await requireClaimOn(this.client, this.run); // a takeover drops them, too
    throw new Error('another attempt of the diff has replaced the chunks of this one');
  }
}

/** Until the transaction ends: what an attempt deletes or publishes depends on what the others have done. */
async function waitForOtherAttempts(client: pg.ClientBase, run: ClaimedRun): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(hashtextextended('outflow diff', $1::bigint))`, [run.runId]);
}

/** The published diff of the run, or undefined: what a second attempt of the step returns. */
export async function publishedDiff(client: pg.ClientBase, run: ClaimedRun): Promise<PublishedDiff | undefined> {
  const found = await client.query<PublishedDiff>(
    `select read, unchanged, new, changed, gone, deferred, send_chunks as "sendChunks",
            settle_chunks as "settleChunks", guard_figures as "guardFigures",
            (select coalesce(sum(value::bigint), 0)::bigint from jsonb_each_text(invalid)) as invalid
     from outflow.run_diff where run_id = $1::bigint`,
    [run.runId],
  );
  return found.rows[0];
}

/** The layout of the run's published diff. */
export async function publishedLayout(engine: Engine, run: ClaimedRun): Promise<Layout> {
  const row = await engine
    .db<{ run_id: number; layout: Layout }>('outflow.run_diff')
    .where({ run_id: run.runId })
    .first('layout');
  if (row === undefined) throw runSuperseded(run.runId);
  return row.layout;
}

function countsOf({ read, unchanged, new: added, changed, gone, invalid, deferred }: DiffFigures): DiffCounts {
  return { read, unchanged, new: added, changed, gone, invalid, deferred };
}

function guardFiguresOf(figures: DiffFigures, layout: Layout, acknowledgedBefore: boolean): GuardFigures {
  const { read, invalid, known, gone, differing } = figures;
  const nulled = figures.nulled.map((contacts, column) => [layout.columns[column]!.attribute, contacts] as const);
  return {
    acknowledgedBefore,
    read,
    invalid,
    duplicates: figures.invalidRows.duplicate_identifier ?? 0,
    known,
    gone,
    changed: differing,
    nulled: Object.fromEntries(nulled.filter(([, contacts]) => contacts > 0)),
  };
}
