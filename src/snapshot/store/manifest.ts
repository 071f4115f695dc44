import type pg from 'pg';
import type { Layout } from '../../activation/layout.js';
import type { ClaimedRun } from '../../engine/claim/claimed-run.js';

/** Whose chunks a view shows: what a new diff may rely on, or also what this run has acknowledged. */
export type ViewOf = 'earlier runs' | 'this run too';

export interface SnapshotRow {
  generation: number;
  layout: Layout | null;
  row_count: number;
  invalid_values: number[];
  through_run: number;
  owed_before_run: number;
  hash_seed: Buffer;
  merge_due: boolean;
  /** Of the rows of the run before, those that were new, changed or gone, 0 after a first run; null when there was none. */
  last_share: number | null;
}

/** A chunk that was acknowledged, or may have been sent: its run had begun to send. */
export interface ChunkRow {
  run_id: number;
  diff_attempt: number;
  kind: 'send' | 'settle';
  seq: number;
  row_count: number;
  in_doubt: boolean;
  invalid_values: number[];
  is_block: boolean;
  layout: Layout;
}

export interface LateSendRow {
  late_send_id: number;
  layout: Layout;
  /** The newest run that was diffed before this late send was recorded. The late send overrides that run and every older one. */
  level: number;
}

export interface Manifest {
  snapshot: SnapshotRow;
  /** From the oldest run to the newest, those of a run by kind and number. */
  chunks: ChunkRow[];
  lateSends: LateSendRow[];
}

/** Reads all that says what a snapshot is made of, but for its lines. */
export async function readManifest(client: pg.ClientBase, run: ClaimedRun, viewOf: ViewOf): Promise<Manifest> {
  const snapshot = await client.query<SnapshotRow>(
    `select generation, layout, row_count, invalid_values, through_run, owed_before_run, hash_seed,
            coalesce(merged_at < clock_timestamp() - interval '1 day', true) as merge_due,
            (select case when (d.guard_figures ->> 'acknowledgedBefore')::boolean
                    then (d.new + d.changed + d.gone)::float8 / greatest(d.read, 1) else 0 end
             from outflow.run_diff d where d.activation_id = s.activation_id and d.run_id < $2::bigint order by d.run_id desc limit 1) as last_share
     from outflow.snapshot s where activation_id = $1::bigint`,
    [run.activationId, run.runId],
  );
  const chunks = await client.query<ChunkRow>(
    `select c.run_id, c.diff_attempt, c.kind, c.seq, c.row_count, c.acked_at is null as in_doubt, c.invalid_values,
            c.hashes is not null as is_block, d.layout
     from outflow.change_chunk c
     join outflow.run_diff d on d.run_id = c.run_id and d.diff_attempt = c.diff_attempt
     where c.activation_id = $1::bigint and (c.acked_at is not null or c.sending)
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
  return { snapshot: snapshot.rows[0]!, chunks: chunks.rows, lateSends: lateSends.rows };
}
