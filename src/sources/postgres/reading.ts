import type pg from 'pg';
import type { Source } from './source.js';

/** What the source's text depends on: the same value always reads as the same bytes, whatever the role's defaults are. */
const PINNED_SETTINGS = [
  `timezone = 'UTC'`,
  `datestyle = 'ISO, YMD'`,
  `intervalstyle = 'postgres'`,
  `extra_float_digits = 1`,
  `bytea_output = 'hex'`,
  `client_encoding = 'UTF8'`,
  `lc_monetary = 'C'`,
];

/** One moment of a source: whatever is asked until the end is answered as of it. */
export interface Reading {
  readonly source: Source;
  readonly serverEncoding: string;
  /** Such as 180004 for 18.4. */
  readonly serverVersion: number;
}

/**
 * Begins a read-only repeatable-read transaction. It works on a standby and through a pooler that keeps transactions whole.
 */
export async function beginReading(source: Source): Promise<Reading> {
  const statements = [
    'begin transaction isolation level repeatable read read only',
    ...PINNED_SETTINGS.map((setting) => `set local ${setting}`),
    `select current_setting('server_encoding') as encoding, current_setting('server_version_num') as version`,
  ];
  try {
    const results = (await source.client.query(statements.join('; '))) as unknown as pg.QueryResult[];
    const { encoding, version } = results.at(-1)!.rows[0] as { encoding: string; version: string };
    return { source, serverEncoding: encoding, serverVersion: Number(version) };
  } catch (error) {
    throw source.explain(error);
  }
}

/** Leaves the connection as it was found. */
export async function endReading({ source }: Reading): Promise<void> {
  try {
    await source.client.query('commit');
  } catch (error) {
    throw source.explain(error);
  }
}
