import type pg from 'pg';
import type { Layout } from '../activation/layout.js';
import { projectionThrough, sameLayout } from '../activation/layout.js';
import type { Engine, EngineConnection } from '../engine/database.js';
import { copyOut } from './binary-copy.js';
import type { Layer, LayerChunk } from './layer.js';
import type { SnapshotParts } from './read-effective.js';
import type { Fence } from '../engine/fence.js';

/** Whose chunks a view shows: what a new diff may rely on, or also what this run has acknowledged. */
export type ViewOf = 'earlier runs' | 'this run too';

interface BaseRow {
  generation: number;
  layout: Layout | null;
  row_count: number;
  invalid_values: number[];
  through_run: number;
  owed_before_run: number;
  /** Of the rows of the run before, those that were new, changed or gone; null when there was none. */
  last_share: number | null;
}

interface ChunkRow {
  run_id: number;
  diff_attempt: number;
  kind: 'send' | 'settle';
  seq: number;
  row_count: number;
  in_doubt: boolean;
  invalid_values: number[];
  layout: Layout;
}

interface LateSendRow {
  late_send_id: number;
  layout: Layout;
  /** The newest run whose diff had not seen it: it overlays that run and all before it. */
  level: number;
}

interface ChunkGroup {
  runId: number;
  layout: Layout;
  chunks: ChunkRow[];
}

/**
 * The snapshot of an activation at one moment: all that it reads comes from one exported MVCC snapshot of the engine's
 * database, over two connections (the blocks stream on one while chunks are fetched on the other).
 */
export class SnapshotView {
  readonly base: BaseRow;
  /** The newest late send in the view, 0 when there is none. */
  readonly lateSendSeen: number;
  private readonly activationId: number;
  private readonly groups: ChunkGroup[];
  private readonly lateSends: LateSendRow[];
  private readonly engine: Engine;
  private readonly blocksClient: EngineConnection;
  private readonly chunksClient: EngineConnection;
  /** Statements that were begun and have not ended. */
  private reading = 0;

  constructor(
    engine: Engine,
    run: Fence,
    clients: { blocks: EngineConnection; chunks: EngineConnection },
    rows: { base: BaseRow; chunks: ChunkRow[]; lateSends: LateSendRow[] },
  ) {
    this.engine = engine;
    this.activationId = run.activationId;
    this.blocksClient = clients.blocks;
    this.chunksClient = clients.chunks;
    this.base = rows.base;
    this.groups = groupChunks(rows.chunks);
    this.lateSends = rows.lateSends;
    this.lateSendSeen = Math.max(0, ...rows.lateSends.map((row) => row.late_send_id));
  }

  get hasLateSends(): boolean {
    return this.lateSends.length > 0;
  }

  /** Whether anything was ever acknowledged. */
  get hasAcknowledged(): boolean {
    return this.base.row_count > 0 || this.groups.some(({ chunks }) => chunks.some((chunk) => !chunk.in_doubt));
  }

  /**
   * The most lines that the effective snapshot can have; undefined when lines that did not change would not read as those
   * of a segment in this layout: they stand in another one, or are owed as a whole.
   */
  linesIn(layout: Layout): number | undefined {
    const { base, groups, lateSends } = this;
    if (base.layout === null || !sameLayout(base.layout, layout) || base.through_run < base.owed_before_run)
      return undefined;
    if (lateSends.length > 0 || groups.some((group) => !sameLayout(group.layout, layout))) return undefined;
    const chunks = groups.flatMap((group) => group.chunks);
    return chunks.reduce((lines, chunk) => lines + chunk.row_count, base.row_count);
  }

  /** The share of the rows that differed in the run before, 0 to 1 or more: what can be expected of the next. */
  get lastDifferingShare(): number {
    return this.base.last_share ?? 1;
  }

  /** The newest run whose chunks are in the view. */
  get throughRun(): number {
    return Math.max(this.base.through_run, ...this.groups.map((group) => group.runId));
  }

  /** The parts of the effective snapshot, to be read once. */
  parts(): SnapshotParts {
    const { base } = this;
    const runs = this.groups.map((group) => ({ level: group.runId, layer: this.chunkLayer(group) }));
    const late = this.lateSends.map((row) => ({ level: row.level + 0.5, layer: this.lateLayer(row) }));
    return {
      base:
        base.layout === null
          ? null
          : { layout: base.layout, allOwed: base.through_run < base.owed_before_run, blocks: this.blocks() },
      layers: [...runs, ...late].sort((a, b) => a.level - b.level).map(({ layer }) => layer),
    };
  }

  /** Invalid values that stand in the effective snapshot, a column of the wanted layout each. */
  standingInvalidValues(wanted: Layout): number[] {
    const standing = wanted.columns.map(() => 0);
    const add = (path: readonly Layout[], values: readonly number[]): void => {
      projectionThrough(path, wanted).forEach((from, to) => (standing[to]! += from < 0 ? 0 : (values[from] ?? 0)));
    };
    const { base, groups } = this;
    const layouts = groups.map(({ layout }) => layout);
    if (base.layout !== null && base.through_run >= base.owed_before_run) {
      add([base.layout, ...layouts], base.invalid_values);
    }
    groups.forEach((group, i) => {
      if (group.runId < base.owed_before_run) return;
      for (const chunk of group.chunks) add(layouts.slice(i), chunk.invalid_values);
    });
    return standing;
  }

  close(): void {
    this.engine.release(this.blocksClient, this.reading === 0);
    this.engine.release(this.chunksClient, this.reading === 0);
  }

  private async *blocks(): AsyncGenerator<Buffer> {
    const query = `select data from outflow.snapshot_block where activation_id = ${this.activationId} and generation = ${this.base.generation} order by seq`;
    for await (const [data] of this.read(this.blocksClient, query)) yield data!;
  }

  private chunkLayer(group: ChunkGroup): Layer {
    return {
      effect: 'lines',
      layout: group.layout,
      allOwed: group.runId < this.base.owed_before_run,
      chunks: this.fetchChunks(group.chunks),
    };
  }

  private async *fetchChunks(chunks: readonly ChunkRow[]): AsyncGenerator<LayerChunk> {
    for (const chunk of chunks) {
      const query = `select row_count, flags, data, owed from outflow.change_chunk where run_id = ${chunk.run_id} and diff_attempt = ${chunk.diff_attempt} and kind = '${chunk.kind}' and seq = ${chunk.seq}`;
      const rows = await this.fetch(query);
      for (const [rowCount, flags, data, owed] of rows) {
        yield { rowCount: rowCount!.readInt32BE(), flags: flags!, data: data!, owed: owed!, inDoubt: chunk.in_doubt };
      }
    }
  }

  private lateLayer(row: LateSendRow): Layer {
    return { effect: 'late', layout: row.layout, allOwed: false, chunks: this.fetchLateSend(row.late_send_id) };
  }

  private async *fetchLateSend(id: number): AsyncGenerator<LayerChunk> {
    const query = `select row_count, flags, data from outflow.late_send where late_send_id = ${id}`;
    for (const [rowCount, flags, data] of await this.fetch(query)) {
      yield { rowCount: rowCount!.readInt32BE(), flags: flags!, data: data!, owed: null, inDoubt: false };
    }
  }

  /** Layers ask for their chunks in turn; the whole answer is taken, so that the next may ask. */
  private async fetch(query: string): Promise<(Buffer | null)[][]> {
    const rows: (Buffer | null)[][] = [];
    for await (const row of this.read(this.chunksClient, query)) rows.push(row);
    return rows;
  }

  private async *read(client: pg.ClientBase, query: string): AsyncGenerator<(Buffer | null)[]> {
    this.reading++;
    yield* copyOut(client, query);
    this.reading--;
  }
}

/** Opens the snapshot of the run's activation as it stands now. The caller closes it. */
export async function openSnapshotView(engine: Engine, run: Fence, viewOf: ViewOf): Promise<SnapshotView> {
  const blocks = await engine.connect();
  try {
    const chunks = await engine.connect();
    try {
      await begin(blocks);
      const exported = await blocks.query<{ id: string }>('select pg_export_snapshot() as id');
      await begin(chunks);
      await chunks.query(`set transaction snapshot '${exported.rows[0]!.id}'`);
      return new SnapshotView(engine, run, { blocks, chunks }, await describe(blocks, run, viewOf));
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

async function describe(
  client: pg.ClientBase,
  run: Fence,
  viewOf: ViewOf,
): Promise<{ base: BaseRow; chunks: ChunkRow[]; lateSends: LateSendRow[] }> {
  const base = await client.query<BaseRow>(
    `select generation, layout, row_count, invalid_values, through_run, owed_before_run,
            (select (d.new + d.changed + d.gone)::float8 / greatest(d.read, 1) from outflow.run_diff d
             where d.activation_id = s.activation_id and d.run_id < $2::bigint order by d.run_id desc limit 1) as last_share
     from outflow.snapshot s where activation_id = $1::bigint`,
    [run.activationId, run.runId],
  );
  const chunks = await client.query<ChunkRow>(
    `select c.run_id, c.diff_attempt, c.kind, c.seq, c.row_count, c.acked_at is null as in_doubt, c.invalid_values,
            d.layout
     from outflow.change_chunk c
     join outflow.run_diff d on d.run_id = c.run_id and d.diff_attempt = c.diff_attempt
     where c.activation_id = $1::bigint and (c.acked_at is not null or c.attempted_at is not null)
       and ($3::boolean or c.run_id <> $2::bigint)
     order by c.run_id, c.kind, c.seq`,
    [run.activationId, run.runId, viewOf === 'this run too'],
  );
  const lateSends = await client.query<LateSendRow>(
    `select l.late_send_id, l.layout,
            (select max(d.run_id) from outflow.run_diff d
             where d.activation_id = l.activation_id and d.late_send_seen < l.late_send_id) as level
     from outflow.late_send l where l.activation_id = $1::bigint order by l.late_send_id`,
    [run.activationId],
  );
  return { base: base.rows[0]!, chunks: chunks.rows, lateSends: lateSends.rows };
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
