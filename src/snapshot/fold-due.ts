import type { Layout } from '../activation/layout.js';
import { sameLayout } from '../activation/layout.js';
import type { Engine } from '../engine/database.js';
import type { Fence } from '../engine/fence.js';

const MAX_ROWS_ABOVE_BLOCKS = 0.1;
const MAX_RUNS_ABOVE_BLOCKS = 10;

/** What lies above the blocks of a snapshot. */
export interface LayersAboveBlocks {
  /** Of the blocks; null when nothing was folded yet. */
  layout: Layout | null;
  /** In the blocks. */
  contacts: number;
  runs: number;
  rows: number;
  lateSends: number;
}

export async function layersAboveBlocks(engine: Engine, run: Fence): Promise<LayersAboveBlocks> {
  const { rows } = await engine.db.raw<{ rows: LayersAboveBlocks[] }>(
    `select s.layout, s.row_count as contacts, above.runs, above.rows,
            (select count(*) from outflow.late_send l where l.activation_id = s.activation_id) as "lateSends"
     from outflow.snapshot s,
       lateral (select count(distinct c.run_id) as runs, coalesce(sum(c.row_count), 0)::bigint as rows
                from outflow.change_chunk c
                where c.activation_id = s.activation_id and (c.acked_at is not null or c.attempted_at is not null)) above
     where s.activation_id = ?`,
    [run.activationId],
  );
  return rows[0]!;
}

/**
 * Whether reading the layers costs more than writing them into new blocks: more than 10% of the contacts, or 10 runs
 * (measured: ten runs of 1% add 0.4 s to a diff of a million contacts, a fold takes 1.2 s), or another layout, or a late
 * send, which makes the count of invalid values inexact until it is folded.
 */
export function isFoldDue(above: LayersAboveBlocks, layout: Layout): boolean {
  if (above.lateSends > 0) return true;
  if (above.runs === 0) return false;
  return (
    above.layout === null ||
    !sameLayout(above.layout, layout) ||
    above.rows > above.contacts * MAX_ROWS_ABOVE_BLOCKS ||
    above.runs >= MAX_RUNS_ABOVE_BLOCKS
  );
}
