import type { Knex } from 'knex';
import { MARK_FRESH_MS } from '../../activation/attempt-mark.js';

/**
 * Milliseconds until no request of a run before this one can still arrive: the deadlines of their attempts that were never
 * acknowledged, on the database's clock. 0 when they are past.
 */
export async function msUntilNothingInFlight(db: Knex, activationId: number, runId: number): Promise<number> {
  const { rows } = await db.raw<{ rows: { wait_ms: number }[] }>(
    `select coalesce(max(ceil(greatest(0,
         extract(epoch from c.attempted_at - clock_timestamp()) * 1000 + r.request_timeout_ms + :markFreshMs
       ))), 0)::bigint as wait_ms
     from outflow.change_chunk c
     join outflow.run r using (run_id)
     where c.activation_id = :activationId and c.run_id < :runId
       and c.attempted_at is not null and c.acked_at is null`,
    { activationId, runId, markFreshMs: MARK_FRESH_MS },
  );
  return rows[0]!.wait_ms;
}
