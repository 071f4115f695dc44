import pg from 'pg';

/** Ten attributes beside the key: about 149 bytes a row as COPY text. */
export const attributes = [
  'first_name',
  'last_name',
  'city',
  'loyalty_tier',
  'orders_count',
  'ltv',
  'opted_in',
  'signed_up_at',
  'last_order_at',
  'tags',
];

/** All contacts of a table, as they are measured. */
export function segmentOf(table: string): string {
  return `select email, ${attributes.join(', ')} from ${table}`;
}

const columns = `
  (array['emma','liam','noah','olivia','zoe','lukas','ines','jean','marie','ivan','anais','yusuf','chloe','hugo','lea',
    'nils','sofia','paul','rosa','tom','ulla','vera','wim','xenia','adam','bea','carl','dora','emil','fay','gael','hana']
  )[1 + hash % 32] as first_name,
  (array['Martin','García','Müller','Nguyen','Rossi','Smith','Silva','Dubois','Jansen','Novak','Lindgren','Kowalski',
    'Fischer','Moreau','O''Brien','Costa'])[1 + hash / 32 % 16] as last_name,
  (array['Paris','Lyon','Köln','São Paulo','東京','Nice','Antwerpen','Porto'])[1 + hash / 512 % 8] as city,
  (array['bronze','silver','gold','platinum'])[1 + hash / 4096 % 4] as loyalty_tier,
  hash % 40 as orders_count,
  (hash % 1000000 / 100.0)::numeric(12, 2) as ltv,
  hash % 3 <> 0 as opted_in,
  timestamptz '2021-01-01 00:00:00Z' + hash % 50000000 * interval '1 second' as signed_up_at,
  timestamptz '2025-01-01 00:00:00Z' + hash % 30000000 * interval '1 second' as last_order_at,
  (array['{newsletter,"summer sale",app,loyal}','{loyal,newsletter,"early adopter",in_store}','{}',
    '{app,"gift cards",newsletter,"black friday"}']::text[]
  )[1 + hash % 4]::text[] as tags`;

/** E-mails begin with a name that follows from a hash, so that rows stand in no key order. The same for every size and run. */
const rowsFrom = (series: string): string => `
  select id, first_name || '.' || id || '@customers.example.com' as email, ${attributes.join(', ')}
  from (select id, ${columns} from (select id, hashint8(id) & 2147483647 as hash from ${series} id) numbered) contact`;

/** Makes a table with ids 1 to `size`, at rest: nothing is left for the server to do behind our back. */
export async function makeContacts(sourceUrl: string, table: string, size: number): Promise<void> {
  await withClient(sourceUrl, async (client) => {
    await client.query(`create table ${table} as ${rowsFrom(`generate_series(1, ${size}::bigint)`)}`);
    await settle(client);
  });
}

export interface Change {
  new: number;
  changed: number;
  gone: number;
}

/**
 * Changes 1% of the contacts: 0.8% get other values in three attributes, 0.1% leave and as many come. Each `round` from 0
 * changes others.
 */
export async function changeContacts(sourceUrl: string, table: string, round: number): Promise<Change> {
  return withClient(sourceUrl, async (client) => {
    const first = 10 * round;
    const updated = await client.query(`
      update ${table} set orders_count = orders_count + 1, ltv = ltv + 12.5, last_order_at = last_order_at + interval '1 day'
      where id % 1000 between ${first} and ${first + 7}`);
    const deleted = await client.query(`delete from ${table} where id % 1000 = ${first + 8}`);
    const inserted = await client.query(
      `with newest as materialized (select max(id) as newest_id from ${table})
       insert into ${table} ${rowsFrom(`newest, generate_series(newest_id + 1, newest_id + ${deleted.rowCount ?? 0})`)}`,
    );
    await settle(client);
    return { new: inserted.rowCount ?? 0, changed: updated.rowCount ?? 0, gone: deleted.rowCount ?? 0 };
  });
}

/** Does now what a server otherwise does some time later, in the middle of a measurement. */
export async function settleServer(url: string): Promise<void> {
  await withClient(url, settle);
}

async function settle(client: pg.Client): Promise<void> {
  await client.query('vacuum (analyze)');
  await client.query('checkpoint');
}

/** Connects, and ends the connection whatever happens. */
export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // the query that waits reports it
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
