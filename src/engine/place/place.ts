import type { Knex } from 'knex';
import type { Engine } from '../database/database.js';
import { inAnotherPlace, IS_MOVED, PLACE } from './is-moved.js';

/** Grows when a standby takes over, and when a server is restored to a moment. */
const TIMELINE = /* sql */ `('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int`;

/**
 * Lets the engine's row say where its database stands, the first time. Throws EngineMismatch when the row says another
 * place: the database was restored there, or copied, and only a person can tell which.
 */
export async function takePlace(engine: Engine): Promise<void> {
  await engine.db.raw(`update outflow.engine set place = ${PLACE}, timeline = ${TIMELINE} where place is null`);
  const { rows } = await engine.db.raw<{ rows: { moved: boolean }[] }>(IS_MOVED);
  if (rows[0]?.moved) throw inAnotherPlace(engine.where);
  await engine.db.raw(`update outflow.engine set timeline = ${TIMELINE} where timeline <> ${TIMELINE}`);
}

/** The statements by which `restored` makes this place the engine's. */
export async function movePlace(trx: Knex.Transaction): Promise<void> {
  await trx.raw(`update outflow.engine set place = ${PLACE}, timeline = ${TIMELINE}`);
}
