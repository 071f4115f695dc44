import { type Layout, sameLayout } from '../../activation/layout.js';
import type { Engine } from '../../engine/database/database.js';
import type { ClaimedRun } from '../../engine/claim/claimed-run.js';

const MAX_ROWS_ABOVE_BASE = 0.1;
const MAX_RUNS_ABOVE_BASE = 10;

/** What lies above the base of a snapshot. */
export interface LayersAboveBase {
  /** Of the base; null when there is none. */
  layout: Layout | null;
  /** In the base. */
  contacts: number;
  runs: number;
  rows: number;
  lateSends: number;
}

export async function layersAboveBase(engine: Engine, run: ClaimedRun): Promise<LayersAboveBase> {
  const { rows } = await engine.db.raw<{ rows: LayersAboveBase[] }>(
    `select coalesce(s.layout, (select d.layout from outflow.run_diff d where d.run_id = chunks.base_run)) as layout,
            s.row_count + chunks.base_rows as contacts,
            chunks.runs, chunks.rows,
            (select count(*) from outflow.late_send l where l.activation_id = s.activation_id) as "lateSends"
     from outflow.snapshot s,
       lateral (select count(distinct c.run_id) filter (where c.hashes is null) as runs,
                       coalesce(sum(c.row_count) filter (where c.hashes is null), 0)::bigint as rows,
                       max(c.run_id) filter (where c.hashes is not null) as base_run,
                       coalesce(sum(c.row_count) filter (where c.hashes is not null), 0)::bigint as base_rows
                from outflow.change_chunk c
                where c.activation_id = s.activation_id and (c.acked_at is not null or c.sending)) chunks
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
export function isFoldDue(above: LayersAboveBase, layout: Layout): boolean {
  if (above.lateSends > 0) return true;
  if (above.runs === 0) return false;
  return (
    above.layout === null ||
    !sameLayout(above.layout, layout) ||
    above.rows > above.contacts * MAX_ROWS_ABOVE_BASE ||
    above.runs >= MAX_RUNS_ABOVE_BASE
  );
}
