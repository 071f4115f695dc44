import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEngine, withConnection } from '../../../src/engine/database/database.js';
import { waitForEngine } from '../../../src/engine/database/wait-for-engine.js';
import { type PoolMode, startPooler } from '../../support/pooler.js';
import { freshEngine, type TestEngine } from '../engine-fixture.js';

let fresh: TestEngine;

beforeAll(async () => {
  fresh = await freshEngine();
});
afterAll(() => fresh.drop());

async function throughPooler(mode: PoolMode, work: (engine: ReturnType<typeof openEngine>) => Promise<void>) {
  const pooler = await startPooler(fresh.url, mode);
  const engine = openEngine(pooler.url, { applicationName: 'outflow test' });
  await work(engine);
  await engine.end();
  await pooler.close();
}

test.each(['transaction', 'statement'] as const)('a pooler in %s mode is refused with the setting to change', (mode) =>
  throughPooler(mode, async (engine) => {
    const refusal = {
      code: 'ConfigInvalid',
      message: expect.stringContaining('lends a session for a transaction or a statement only') as string,
      remedy: expect.stringContaining('PgBouncer: pool_mode = session') as string,
    };
    await expect(engine.db.raw('select 1')).rejects.toMatchObject(refusal);
    await expect(engine.connect()).rejects.toMatchObject(refusal);
    await expect(
      waitForEngine(engine, () => undefined),
      'a worker ends',
    ).rejects.toMatchObject(refusal);
  }),
);

test('a pooler in session mode serves as the server itself', () =>
  throughPooler('session', async (engine) => {
    const { rows } = await engine.db.raw<{ rows: unknown[] }>('select engine_id from outflow.engine');
    expect(rows).toHaveLength(1);
    await withConnection(engine, async (client) => {
      await client.query(`set search_path = outflow`);
      expect((await client.query('select engine_id from engine')).rows).toEqual(rows);
    });
  }));
