import pg from 'pg';
import { expect, test } from 'vitest';
import { freshDatabase } from './stack.js';

test('a fresh database is one of its own, can be copied, and goes although somebody is connected', async () => {
  const original = await freshDatabase();
  await query(original.url, 'create table shop as select 7 as customers');
  const copy = await freshDatabase(original.name);
  expect(await query(copy.url, 'table shop')).toEqual([{ customers: 7 }]);

  const session = new pg.Client({ connectionString: copy.url });
  const ended = new Promise((resolve) => session.once('error', resolve));
  await session.connect();
  await copy.drop();
  await ended;
  await original.drop();
  await expect(query(original.url, 'select 1')).rejects.toThrow(`database "${original.name}" does not exist`);
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
