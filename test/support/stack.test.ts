import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import pg from 'pg';
import { expect, test } from 'vitest';
import { freshDatabase, temporalAddress, temporalCli, temporalConnection } from './stack.js';

test('a fresh database is one of its own, can be copied, and goes although somebody is connected', async () => {
  const original = await freshDatabase();
  await query(original.url, 'create table shop as select 7 as customers');
  const copy = await freshDatabase(original.name);
  expect(await query(copy.url, 'table shop')).toEqual([{ customers: 7 }]);

  const session = new pg.Client({ connectionString: copy.url });
  const ended = new Promise((resolve) => session.on('error', resolve));
  await session.connect();
  await copy.drop();
  await ended;
  await original.drop();
  await expect(query(original.url, 'select 1')).rejects.toThrow(`database "${original.name}" does not exist`);
});

test('the shared Temporal knows the search attributes of runs, and its CLI is at hand', async () => {
  const connection = await temporalConnection();
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
  await connection.close();
  expect(Object.keys(customAttributes)).toEqual(
    expect.arrayContaining(['OutflowActivation', 'OutflowOutcome', 'OutflowState']),
  );

  const args = ['operator', 'namespace', 'list', '--address', await temporalAddress()];
  const { stdout } = await promisify(execFile)(await temporalCli(), args);
  expect(stdout).toContain('default');
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
