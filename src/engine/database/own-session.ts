import type pg from 'pg';
import { OutflowError } from '../../activation/errors.js';

/** How often it is tried to meet another connection in the same session: a pooler that is busy does not do so at once. */
const ROUNDS = 10;

/**
 * Throws ConfigInvalid when a pooler before the database gives the statements of a connection to several sessions. Settings,
 * locks and temporary tables of one connection would be met by others. `openAnother`: a connection for the proof, which is
 * ended; without a pooler none is asked for.
 */
export async function requireOwnSession(
  client: pg.ClientBase,
  where: string,
  openAnother: () => Promise<pg.Client>,
): Promise<void> {
  // PostgreSQL names the process that serves the connection when it begins, a pooler names something of its own.
  const { processID } = client as pg.ClientBase & { processID: number | null };
  if (processID === (await processOf(client))) return;
  const other = await openAnother();
  try {
    if (!(await areShared(client, other))) return;
  } finally {
    void other.end().catch(() => undefined);
  }
  throw new OutflowError(
    'ConfigInvalid',
    `The engine's database at ${where} stands behind a pooler that lends a session for a transaction or a statement only, and Outflow needs a session for each of its connections.`,
    'Set the pooler to sessions for this database (PgBouncer: pool_mode = session), or name the server itself in OUTFLOW_DATABASE_URL.',
  );
}

/** Whether the other connection is served by the first one's process, or the first by changing ones. */
async function areShared(first: pg.ClientBase, other: pg.ClientBase): Promise<boolean> {
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const before = await processOf(first);
      // For as long as the transaction takes, the process is lent to nobody else.
      await other.query('begin');
      const isShared = (await processOf(other)) === before || (await processOf(first)) !== before;
      await other.query('rollback');
      if (isShared) return true;
    }
    return false;
  } catch (error) {
    // PgBouncer's answer to a transaction in its statement mode. Whatever else fails proves nothing.
    return error instanceof Error && 'code' in error && error.code === '08P01';
  }
}

async function processOf(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]!.pid;
}
