import type { Engine } from '../database/database.js';

/** No moment further away than this is reserved: what waits longer must stay free to be paused or cancelled. */
const HORIZON_MS = 10_000;

/** Milliseconds to the reserved moment, or, when nothing was reserved, until it is worth asking again. */
export type Reservation = { waitMs: number } | { laterMs: number };

/**
 * Reserves the timeline's next free moment, and keeps it busy for `costMs` after it, for all workers on this database. A
 * moment that is not used is lost, never used twice. `timeline` names an API key without being it.
 */
export async function reserve(engine: Engine, timeline: string, costMs: number): Promise<Reservation> {
  const reserved = await engine.db.raw<{ rows: { wait_ms: number }[] }>(
    `insert into outflow.pace as p (timeline, next_at)
     values (:timeline, clock_timestamp() + make_interval(secs => :costMs::float8 / 1000))
     on conflict (timeline) do update
       set next_at = greatest(p.next_at, clock_timestamp()) + make_interval(secs => :costMs::float8 / 1000)
       where p.next_at <= clock_timestamp() + make_interval(secs => :horizonMs::float8 / 1000)
     returning greatest(0, ceil(extract(epoch from next_at - clock_timestamp()) * 1000 - :costMs::float8))::bigint
       as wait_ms`,
    { timeline, costMs, horizonMs: HORIZON_MS },
  );
  if (reserved.rows[0]) return { waitMs: reserved.rows[0].wait_ms };
  const busy = await engine.db.raw<{ rows: { later_ms: number }[] }>(
    `select greatest(0, ceil(extract(epoch from next_at - clock_timestamp()) * 1000))::bigint - :horizonMs::bigint
       as later_ms
     from outflow.pace where timeline = :timeline`,
    { timeline, horizonMs: HORIZON_MS },
  );
  return { laterMs: Math.max(1, busy.rows[0]?.later_ms ?? 0) };
}

/** The destination asked for a rest: nothing is reserved within `restMs` from now that was not reserved before. */
export async function pushBack(engine: Engine, timeline: string, restMs: number): Promise<void> {
  await engine.db.raw(
    `insert into outflow.pace as p (timeline, next_at)
     values (:timeline, clock_timestamp() + make_interval(secs => :restMs::float8 / 1000))
     on conflict (timeline) do update set next_at = greatest(p.next_at, excluded.next_at)`,
    { timeline, restMs },
  );
}
