import type pg from 'pg';
import { OutflowError } from '../../activation/errors.js';

/** With a database that takes its place, by a command for whoever administrates the server. */
const ENCODING = /* sql */ `
  select getdatabaseencoding() as encoding, format(
    'create database %I owner %I encoding ''UTF8'' locale ''C'' template template0',
    current_database() || '_utf8', current_user) as remedy`;

/** Throws ConfigInvalid when the engine cannot work with this database, however long it waits. */
export async function requireUtf8(client: pg.ClientBase, where: string): Promise<void> {
  const { rows } = await client.query<{ encoding: string; remedy: string }>(ENCODING);
  const { encoding, remedy } = rows[0]!;
  if (encoding === 'UTF8') return;
  throw new OutflowError(
    'ConfigInvalid',
    `The engine's database at ${where} has the encoding ${encoding}, in which not every text can be kept: it must be UTF8.`,
    `Make another one, and name it in OUTFLOW_DATABASE_URL: ${remedy};`,
  );
}
