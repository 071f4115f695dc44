import type { Layout } from '../../activation/layout.js';
import { copyOut } from '../../copy/binary-copy.js';
import { type ClaimedRun, runSuperseded } from '../../engine/claim/claimed-run.js';
import { type Engine, withConnection } from '../../engine/database/database.js';
import { chunkMemory, type ChunkMemory } from '../../snapshot/chunks/memory.js';
import { SendChunkRows } from '../../snapshot/chunks/rows.js';
import { LineHasher } from '../../snapshot/index/line-hash.js';
import type { OutboxChunk } from './chunk.js';

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
