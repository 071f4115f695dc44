import type pg from 'pg';
import { copyOut } from '../../copy/binary-copy.js';
import type { Engine, EngineConnection } from '../../engine/database/database.js';
import type { Base } from './base.js';
import { linesQuery, type BlockIndex, type BlockLines } from './block-lines.js';
import type { LayerChunk } from './layer.js';
import type { ChunkRow } from './manifest.js';

/** Blocks a query when single lines are fetched. With 1% of the lines wanted, each block adds about 500 bytes to the statement. */
const BLOCKS_A_QUERY = 32;

/** Reads what a snapshot consists of over its two connections: blocks stream on one while chunks are fetched on the other. */
export class SnapshotReader {
  private readonly engine: Engine;
  private readonly blocksClient: EngineConnection;
  private readonly chunksClient: EngineConnection;
  /** Statements that were begun and have not ended. */
  private reading = 0;

  constructor(engine: Engine, clients: { blocks: EngineConnection; chunks: EngineConnection }) {
    this.engine = engine;
    this.blocksClient = clients.blocks;
    this.chunksClient = clients.chunks;
  }

  close(): void {
    this.engine.release(this.blocksClient, this.reading === 0);
    this.engine.release(this.chunksClient, this.reading === 0);
  }

  async *blocks(base: Base): AsyncGenerator<Buffer> {
    for await (const [data] of this.readBlocks(base, 'data')) yield data!;
  }

  async *hashes(base: Base): AsyncGenerator<Buffer> {
    for await (const [hashes] of this.readBlocks(base, 'hashes')) yield hashes!;
  }

  async *blockIndexes(base: Base): AsyncGenerator<BlockIndex> {
    for await (const [seq, hashes, places] of this.readBlocks(base, 'seq, hashes, places')) {
      yield { seq: seq!.readInt32BE(), hashes: hashes!, places: places! };
    }
  }

  async *blockLines(base: Base, wanted: readonly BlockLines[]): AsyncGenerator<Buffer> {
    for (let from = 0; from < wanted.length; from += BLOCKS_A_QUERY) {
      const query = linesQuery(base.blocks, wanted.slice(from, from + BLOCKS_A_QUERY));
      for await (const [lines] of this.read(this.blocksClient, query)) yield lines!;
    }
  }

  private readBlocks(base: Base, columns: string): AsyncGenerator<(Buffer | null)[]> {
    return this.read(this.blocksClient, `select ${columns} from ${base.blocks} order by seq`);
  }

  async *chunks(chunks: readonly ChunkRow[]): AsyncGenerator<LayerChunk> {
    for (const chunk of chunks) {
      const query = `select row_count, flags, data, owed, replaced from outflow.change_chunk where run_id = ${chunk.run_id} and diff_attempt = ${chunk.diff_attempt} and kind = '${chunk.kind}' and seq = ${chunk.seq}`;
      const rows = await this.fetch(query);
      for (const [rowCount, flags, data, owed, replaced] of rows) {
        yield {
          rowCount: rowCount!.readInt32BE(),
          flags: flags!,
          data: data!,
          owed: owed!,
          replaced: replaced!,
          inDoubt: chunk.in_doubt,
        };
      }
    }
  }

  async *lateSend(id: number): AsyncGenerator<LayerChunk> {
    const query = `select row_count, flags, data from outflow.late_send where late_send_id = ${id}`;
    for (const [rowCount, flags, data] of await this.fetch(query)) {
      yield {
        rowCount: rowCount!.readInt32BE(),
        flags: flags!,
        data: data!,
        owed: null,
        replaced: Buffer.alloc(0),
        inDoubt: false,
      };
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
    let failed = false;
    try {
      yield* copyOut(client, query);
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      if (!failed) this.reading--;
    }
  }
}
