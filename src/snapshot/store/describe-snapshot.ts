import type { Engine } from '../../engine/database/database.js';
import type { ClaimedRun } from '../../engine/claim/claimed-run.js';

export interface SnapshotDescription {
  generation: number;
  /** Contacts in its base. */
  contacts: number;
  /** Chunks of earlier runs that may have been sent and were never acknowledged. */
  chunksInDoubt: number;
  /** The identifier of the newest lines, or null when there are none. */
  identifier: string | null;
}

/** What a run is compared with, without reading it. */
export async function describeSnapshot(engine: Engine, run: ClaimedRun): Promise<SnapshotDescription> {
  const { rows } = await engine.db.raw<{ rows: SnapshotDescription[] }>(
    `select s.generation,
       s.row_count + (select coalesce(sum(c.row_count), 0)::bigint from outflow.change_chunk c
                      where c.activation_id = s.activation_id and c.hashes is not null) as contacts,
       (select count(*) from outflow.change_chunk c
        where c.activation_id = s.activation_id and c.run_id < :runId and c.sending and c.acked_at is null)
         as "chunksInDoubt",
       coalesce((select d.layout ->> 'identifier' from outflow.run_diff d
                 where d.activation_id = s.activation_id and d.run_id < :runId order by d.run_id desc limit 1),
                s.layout ->> 'identifier') as identifier
     from outflow.snapshot s where s.activation_id = :activationId`,
    { activationId: run.activationId, runId: run.runId },
  );
  return rows[0]!;
}
