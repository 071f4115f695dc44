import { withClient } from './source-data.js';

/** What a server has written to its log, bytes since it was made. */
export function logPosition(url: string): Promise<number> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ bytes: string }>(
      `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as bytes`,
    );
    return Number(rows[0]!.bytes);
  });
}
