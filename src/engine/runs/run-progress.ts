import type { RunResult } from '../../activation/run.js';
import type { Engine } from '../database/database.js';
import { readRunResult } from './runs.js';

/** How far a run is. */
export interface RunProgress {
  result: RunResult;
  /** Contacts in the segment when it was read before: what `result.counts.read` grows to, or nearly. 0: never read. */
  contactsBefore: number;
  /** Chunks to send; 0 until the diff has ended. */
  chunks: number;
  chunksDone: number;
  /** Whether a chunk is being split, to find the contacts that the destination refuses. */
  isSplitting: boolean;
}

interface ProgressRow {
  run_id: number;
  contacts_before: number;
  chunks: number;
  chunks_done: number;
  is_splitting: boolean;
}

/** The run that a workflow has opened, the latest when it was reset; undefined while it has opened none. */
export async function findRunProgress(engine: Engine, workflowId: string): Promise<RunProgress | undefined> {
  const { rows } = await engine.db.raw<{ rows: ProgressRow[] }>(
    `select r.run_id, coalesce(before.contacts, 0) as contacts_before, coalesce(d.send_chunks, 0) as chunks,
       -- A fold deletes acknowledged chunks: what is not there is done.
       coalesce(d.send_chunks, 0) - (select count(*) from outflow.change_chunk c
        where c.run_id = r.run_id and c.diff_attempt = d.diff_attempt and c.kind = 'send' and c.acked_at is null)
         as chunks_done,
       exists (select from outflow.change_chunk c
        where c.run_id = r.run_id and c.diff_attempt = d.diff_attempt and c.kind = 'send' and c.acked_at is null
          and (jsonb_path_exists(c.progress, '$.*.refused[0]') or jsonb_path_exists(c.progress, '$.*.probes[0]')))
         as is_splitting
     from outflow.run r
     left join outflow.run_diff d on d.run_id = r.run_id
     left join lateral (
       select unchanged + new + changed + deferred as contacts from outflow.run_diff earlier
       where earlier.activation_id = r.activation_id and earlier.run_id < r.run_id order by run_id desc limit 1
     ) before on true
     where r.workflow_id = ? order by r.run_id desc limit 1`,
    [workflowId],
  );
  const row = rows[0];
  return (
    row && {
      result: await readRunResult(engine.db, row.run_id),
      contactsBefore: row.contacts_before,
      chunks: row.chunks,
      chunksDone: row.chunks_done,
      isSplitting: row.is_splitting,
    }
  );
}
