import { createHash } from 'node:crypto';
import type pg from 'pg';
import { type Layout, projectionThrough, sameLayout } from '../../activation/layout.js';
import type { Engine } from '../../engine/database/database.js';
import { type Base, baseInBlocks, baseInChunks } from './base.js';
import type { HashedSnapshot } from '../index/known-lines.js';
import type { Layer } from './layer.js';
import { LineHasher } from '../index/line-hash.js';
import { SnapshotReader } from './read-blocks.js';
import type { SnapshotParts } from './effective.js';
import {
  type ChunkRow,
  type LateSendRow,
  type Manifest,
  readManifest,
  type SnapshotRow,
  type ViewOf,
} from './manifest.js';
import type { ClaimedRun } from '../../engine/claim/claimed-run.js';

interface ChunkGroup {
  runId: number;
  layout: Layout;
  chunks: ChunkRow[];
}

/**
 * The snapshot of an activation at one moment: all that it reads comes from one exported MVCC snapshot of the engine's
 * database, over two connections (the blocks stream on one while chunks are fetched on the other).
 */
export class Snapshot {
  /** The newest late send in the view, 0 when there is none. */
  readonly lateSendSeen: number;
  /** Of lines of the snapshot, as their hashes are stored. */
  readonly hasher: LineHasher;
  /** Of checksums of the segment's rows: it may be seen in the source. */
  readonly checksumSeed: bigint;
  /** The newest run whose chunks are in the view. */
  readonly throughRun: number;
  private readonly snapshot: SnapshotRow;
  private readonly base: Base | null;
  private readonly groups: ChunkGroup[];
  private readonly lateSends: LateSendRow[];
  private readonly reader: SnapshotReader;

  constructor(reader: SnapshotReader, run: ClaimedRun, rows: Manifest) {
    const { snapshot, chunks, lateSends } = rows;
    this.reader = reader;
    this.snapshot = snapshot;
    this.hasher = new LineHasher(snapshot.hash_seed);
    this.checksumSeed = checksumSeed(snapshot.hash_seed);
    this.base = baseOf(run.activationId, snapshot, chunks);
    this.groups = groupChunks(snapshot.layout === null ? chunks.filter((chunk) => !chunk.is_block) : chunks);
    this.throughRun = Math.max(snapshot.through_run, ...chunks.map((chunk) => chunk.run_id));
    this.lateSends = lateSends;
    this.lateSendSeen = Math.max(0, ...lateSends.map((row) => row.late_send_id));
  }

  /** Of the blocks, 0 when nothing was folded yet. */
  get generation(): number {
    return this.snapshot.generation;
  }

  get hasLateSends(): boolean {
    return this.lateSends.length > 0;
  }

  /** Whether anything was ever acknowledged. */
  get hasAcknowledged(): boolean {
    return (this.base?.contacts ?? 0) > 0 || this.groups.some(({ chunks }) => chunks.some((chunk) => !chunk.in_doubt));
  }

  /**
   * The most lines that the effective snapshot can have; undefined when their hashes would not be those of a segment in
   * this layout that has not changed: the lines are in another layout, or owed as a whole.
   */
  linesIn(layout: Layout): number | undefined {
    const { base, groups, lateSends } = this;
    if (!base || base.allOwed || !sameLayout(base.layout, layout)) return undefined;
    if (lateSends.length > 0 || groups.some((group) => !sameLayout(group.layout, layout))) return undefined;
    const chunks = groups.flatMap((group) => group.chunks);
    return chunks.reduce((lines, chunk) => lines + chunk.row_count, base.contacts);
  }

  /** The share of the rows that differed in the run before, 0 to 1 or more: what can be expected of the next. First runs say nothing. */
  get lastDifferingShare(): number {
    return this.snapshot.last_share ?? 1;
  }

  /** Whether the lines themselves have not been compared for a day, which finds what a collision of hashes would hide. */
  get isMergeDue(): boolean {
    return this.snapshot.merge_due;
  }

  /** The parts of the effective snapshot, to be read once. */
  parts(): SnapshotParts {
    const { base } = this;
    const runs = this.groups.map((group) => ({ level: group.runId, layer: this.chunkLayer(group) }));
    const late = this.lateSends.map((row) => ({ level: row.level + 0.5, layer: this.lateLayer(row) }));
    return {
      base: base && { layout: base.layout, allOwed: base.allOwed, blocks: this.reader.blocks(base) },
      layers: [...runs, ...late].sort((a, b) => a.level - b.level).map(({ layer }) => layer),
    };
  }

  /** The snapshot by its hashes, for a layout that `linesIn` knows. */
  hashed(layout: Layout, maxLines: number): HashedSnapshot {
    const base = this.base!;
    return {
      layout,
      maxLines,
      hasher: this.hasher,
      hashes: () => this.reader.hashes(base),
      blocks: () => this.reader.blockIndexes(base),
      blockLines: (wanted) => this.reader.blockLines(base, wanted),
      layers: () => this.parts().layers,
    };
  }

  /** Invalid values that stand in the effective snapshot, a column of the wanted layout each. */
  standingInvalidValues(wanted: Layout): number[] {
    const standing = wanted.columns.map(() => 0);
    const add = (path: readonly Layout[], values: readonly number[]): void => {
      projectionThrough(path, wanted).forEach((from, to) => (standing[to]! += from < 0 ? 0 : (values[from] ?? 0)));
    };
    const { base, groups, snapshot } = this;
    const layouts = groups.map(({ layout }) => layout);
    if (base && !base.allOwed) add([base.layout, ...layouts], base.invalidValues);
    groups.forEach((group, i) => {
      if (group.runId < snapshot.owed_before_run) return;
      for (const chunk of group.chunks) add(layouts.slice(i), chunk.invalid_values);
    });
    return standing;
  }

  close(): void {
    this.reader.close();
  }

  private chunkLayer(group: ChunkGroup): Layer {
    return {
      effect: 'lines',
      layout: group.layout,
      allOwed: group.runId < this.snapshot.owed_before_run,
      chunks: this.reader.chunks(group.chunks),
    };
  }

  private lateLayer(row: LateSendRow): Layer {
    return { effect: 'late', layout: row.layout, allOwed: false, chunks: this.reader.lateSend(row.late_send_id) };
  }
}

/** Tells nothing of the seed that it comes from. The number is to grow when the same rows may be judged otherwise. */
function checksumSeed(hashSeed: Buffer): bigint {
  return createHash('sha256').update('segment checksum 1').update(hashSeed).digest().readBigInt64BE();
}

/** Opens the snapshot of the run's activation as it stands now. The caller closes it. */
export async function openSnapshot(engine: Engine, run: ClaimedRun, viewOf: ViewOf): Promise<Snapshot> {
  const blocks = await engine.connect();
  try {
    const chunks = await engine.connect();
    try {
      await begin(blocks);
      const exported = await blocks.query<{ id: string }>('select pg_export_snapshot() as id');
      await begin(chunks);
      await chunks.query(`set transaction snapshot '${exported.rows[0]!.id}'`);
      return new Snapshot(new SnapshotReader(engine, { blocks, chunks }), run, await readManifest(blocks, run, viewOf));
    } catch (error) {
      engine.release(chunks, false);
      throw error;
    }
  } catch (error) {
    engine.release(blocks, false);
    throw error;
  }
}

/** A reader holds no lock that others wait for, and may wait long for its source: it is not ended for being idle. */
async function begin(client: pg.ClientBase): Promise<void> {
  await client.query('begin transaction isolation level repeatable read read only');
  await client.query('set local idle_in_transaction_session_timeout = 0');
}

/** What stands under the layers: blocks, or the chunks that serve as blocks until the first fold. */
function baseOf(activationId: number, snapshot: SnapshotRow, chunks: readonly ChunkRow[]): Base | null {
  if (snapshot.layout !== null) return baseInBlocks(activationId, { ...snapshot, layout: snapshot.layout });
  return baseInChunks(
    chunks.filter((chunk) => chunk.is_block),
    snapshot.owed_before_run,
  );
}

function groupChunks(rows: readonly ChunkRow[]): ChunkGroup[] {
  const groups: ChunkGroup[] = [];
  for (const chunk of rows) {
    const last = groups.at(-1);
    if (last?.runId === chunk.run_id && last.chunks[0]!.kind === chunk.kind) last.chunks.push(chunk);
    else groups.push({ runId: chunk.run_id, layout: chunk.layout, chunks: [chunk] });
  }
  return groups;
}
