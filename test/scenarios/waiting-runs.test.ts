import { afterEach, beforeAll, expect, test } from 'vitest';
import { type OpenRunReport, readStatus } from '../../src/operations/status.js';
import { counts } from './support/counts.js';
import { startScenario } from './support/start-scenario.js';
import { closeGate, makeGate } from './support/gate.js';
import { email } from './support/planted.js';

const scenario = await startScenario();
const { source, destination, engine, client } = scenario;
let database: string;

beforeAll(async () => {
  await makeGate(source);
  await source.query('create table loyalty (email text, tier text)');
  await scenario.define({
    loyalty: { attributes: ['tier'], sql: 'select email, tier from loyalty where pass(email)' },
  });
  const [row] = await scenario.stored('select current_database() as name');
  database = String(row!['name']);
  await scenario.startWorker();
});

afterEach(async () => {
  destination.fail();
  await setReadOnly(false);
});

/** Ten contacts whose values are not at the destination yet. */
async function change(tier: string): Promise<void> {
  await source.query(`truncate loyalty; insert into loyalty
    select to_char(i, 'FM0000') || '@planted.example', '${tier}' from generate_series(1, 10) i`);
}

/** As after a failover to a standby, or where a provider stops writes of a database that is nearly full. */
async function setReadOnly(isReadOnly: boolean): Promise<void> {
  await source.query(`alter database ${database} set default_transaction_read_only = ${isReadOnly ? 'on' : 'off'}`);
  await source.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = $1`, [database]);
}

async function openRun(): Promise<OpenRunReport | null> {
  const { report } = await readStatus(
    { engine, temporal: () => Promise.resolve(client), actor: { who: 'test', by: 'cli' } },
    'loyalty',
  );
  return report.activations[0]!.openRun;
}

test('a run whose destination does not answer says what it waits for, since when and until when, and goes on', async () => {
  await change('one');
  destination.fail({ status: { code: 503 } });
  const startedAt = Date.now();
  const run = await scenario.start({ activation: 'loyalty' });
  await expect
    .poll(openRun, { timeout: 30_000, interval: 300 })
    .toMatchObject({ state: 'sending', waiting: { for: 'destination', target: 'ios', reason: 'http 503' } });
  const { since, until } = (await openRun())!.waiting!;
  expect(Date.parse(since)).toBeGreaterThanOrEqual(startedAt);
  expect(Date.parse(until)).toBeGreaterThan(Date.parse(since));
  destination.fail();
  const result = await scenario.resultOf(run);
  expect(result).toMatchObject({ outcome: 'completed', counts: counts({ read: 10, new: 10, accepted: 10 }) });
  expect(result).not.toHaveProperty('waiting');
});

test('a run whose engine database takes no writes waits like for a restart, and its status says why', async () => {
  await change('two');
  const gate = await closeGate(source, email(5));
  const run = await scenario.start({ activation: 'loyalty' });
  await gate.reached();
  await setReadOnly(true);
  await gate.open();
  await expect.poll(openRun, { timeout: 60_000, interval: 500 }).toMatchObject({
    failingStep: { step: 'diffSegment', error: expect.stringContaining('it is read-only') as string },
  });
  expect((await openRun())!.failingStep!.failures).toBeGreaterThanOrEqual(1);
  await setReadOnly(false);
  expect(await scenario.resultOf(run)).toMatchObject({
    outcome: 'completed',
    counts: counts({ read: 10, changed: 10, accepted: 10 }),
  });
  expect(await scenario.notInStep('select email, tier as "u.tier" from loyalty')).toEqual([]);
});
