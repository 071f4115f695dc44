import { OutflowError } from '../../activation/errors.js';

/** Where a database stands: the same for as long as it is neither copied nor restored from a dump. */
export const PLACE = /* sql */ `(select system_identifier::text from pg_control_system()) || '/' ||
  (select oid::text from pg_database where datname = current_database())`;

/** Whether the database stands elsewhere than its row says; not while the row says nothing. */
export const IS_MOVED = /* sql */ `select place <> ${PLACE} as moved from outflow.engine`;

export function inAnotherPlace(where: string): OutflowError {
  return new OutflowError(
    'EngineMismatch',
    `The engine's database at ${where} stands in another place than the engine that it belongs to: it was restored from a backup, or it is a copy.`,
    'If it was restored and takes the place of the one before: `outflow restored`. If it is a copy beside the original: `outflow restored --new-identity`, and a task queue of its own (OUTFLOW_TASK_QUEUE).',
  );
}
