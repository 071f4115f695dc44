import type { Layout } from '../../activation/layout.js';
import type { ChunkRow, SnapshotRow } from './manifest.js';

/**
 * The bottom of a snapshot: sorted blocks of lines. After a first run its acknowledged chunks serve as blocks, as far as the
 * destination took all of their contacts, so that nothing is written twice; the first fold replaces them.
 */
export interface Base {
  layout: Layout;
  contacts: number;
  /** That stand in it, a column each. */
  invalidValues: readonly number[];
  /** Whether all of its values read as owed. */
  allOwed: boolean;
  /** Table and condition of its blocks; each has seq, data, hashes and places. */
  blocks: string;
}

export function baseInBlocks(activationId: number, row: SnapshotRow & { layout: Layout }): Base {
  return {
    layout: row.layout,
    contacts: row.row_count,
    invalidValues: row.invalid_values,
    allOwed: row.through_run < row.owed_before_run,
    blocks: `outflow.snapshot_block where activation_id = ${activationId} and generation = ${row.generation}`,
  };
}

/** Makes the base of chunks of one run; null when there are none. */
export function baseInChunks(chunks: readonly ChunkRow[], owedBeforeRun: number): Base | null {
  const [first] = chunks;
  if (first === undefined) return null;
  const { run_id, diff_attempt, layout } = first;
  return {
    layout,
    contacts: chunks.reduce((contacts, chunk) => contacts + chunk.row_count, 0),
    invalidValues: layout.columns.map((_, i) => chunks.reduce((sum, chunk) => sum + (chunk.invalid_values[i] ?? 0), 0)),
    allOwed: run_id < owedBeforeRun,
    blocks: `outflow.change_chunk where run_id = ${run_id} and diff_attempt = ${diff_attempt} and kind = 'send' and hashes is not null`,
  };
}
