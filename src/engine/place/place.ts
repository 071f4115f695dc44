import type { Knex } from 'knex';
import { OutflowError } from '../../activation/errors.js';
import type { Engine } from '../database/database.js';

/** Where a database stands: the same for as long as it is neither copied nor restored from a dump. */
const PLACE = /* sql */ `(select system_identifier::text from pg_control_system()) || '/' ||
  (select oid::text from pg_database where datname = current_database())`;

/** Grows when a standby takes over, and when a server is restored to a moment. */
const TIMELINE = /* sql */ `('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int`;

/** Whether the database stands elsewhere than its row says; not while the row says nothing. */
export const IS_MOVED = /* sql */ `select place <> ${PLACE} as moved from outflow.engine`;

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

export function inAnotherPlace(where: string): OutflowError {
  return new OutflowError(
    'EngineMismatch',
    `The engine's database at ${where} stands in another place than the engine that it belongs to: it was restored from a backup, or it is a copy.`,
    'If it was restored and takes the place of the one before: `outflow restored`. If it is a copy beside the original: `outflow restored --new-identity`, and a task queue of its own (OUTFLOW_TASK_QUEUE).',
  );
}
