import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Engine, openEngine } from '../../../src/engine/database/database.js';
import { migrate } from '../../../src/engine/database/migrate.js';
import { type FreshDatabase, freshDatabase } from '../../support/stack.js';

let database: FreshDatabase;
let engine: Engine;

beforeEach(async () => {
  database = await freshDatabase();
  engine = openEngine(database.url, { applicationName: 'outflow test' });
});
afterEach(async () => {
  await engine.end();
  await database.drop();
});

/** Each in a file of its own. */
const all = readdirSync(new URL('../../../src/engine/database/migrations', import.meta.url))
  .map((file) => file.replace('.ts', ''))
  .sort();
const migrationNames = () => engine.db<{ name: string }>('outflow.migration').pluck('name');

test('several processes that start at once migrate once', async () => {
  const engines = Array.from({ length: 5 }, (_, i) => openEngine(database.url, { applicationName: `start ${i}` }));
  await Promise.all(engines.map(migrate));
  await Promise.all(engines.map((each) => each.end()));
  expect(await migrationNames()).toEqual(all);
});

test('migrating again changes nothing', async () => {
  await migrate(engine);
  const before = await engine.db('outflow.engine').select();
  await migrate(engine);
  expect(await engine.db('outflow.engine').select()).toEqual(before);
});

test('a migration that fails leaves nothing behind, so that the next start can do it', async () => {
  await engine.db.raw('create schema outflow; create table outflow.pace (in_the_way int)');
  await expect(migrate(engine)).rejects.toThrow('already exists');
  await engine.db.raw('drop table outflow.pace');
  await migrate(engine);
  expect(await migrationNames()).toEqual(all);
});

test('a database of a newer version is refused', async () => {
  await migrate(engine);
  await engine.db('outflow.migration').insert({ name: '999-future', batch: 2, migration_time: new Date() });
  await expect(migrate(engine)).rejects.toMatchObject({
    code: 'EngineNewer',
    message: expect.stringContaining(
      'belongs to a newer version of Outflow: it has the migration "999-future"',
    ) as string,
    remedy: expect.stringContaining('Update this installation') as string,
  });
});
