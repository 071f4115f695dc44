import { beforeAll, expect, test } from 'vitest';
import { counts } from './support/counts.js';
import { email } from './support/planted.js';
import { startScenario } from './support/start-scenario.js';

const scenario = await startScenario();
const { source, destination } = scenario;

const customers = `
  select email, first_name as "u.first_name", ltv as "u.ltv", opted_in as "u.opted_in", tags as "ut.tags",
    to_char(last_order_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') as "date(u.last_order_at)",
    birth_date || 'T00:00:00' as "date(u.birth_date)"
  from customers`;

const activation = { attributes: ['first_name', 'ltv', 'opted_in', 'tags', 'last_order_at', 'birth_date'] };

beforeAll(async () => {
  await source.query(`
    create table customers (email text, first_name text, ltv numeric(10, 2), opted_in boolean, tags text[],
      last_order_at timestamptz, birth_date date);
    insert into customers
    select to_char(i, 'FM0000') || '@planted.example', (array['O''Brien', 'Zoë', '李', 'planted\\tname'])[i % 4 + 1], i + 0.5,
      i % 2 = 0, array['planted', 'tag ' || i % 3], timestamptz '2026-03-29 00:30:00+01' + i * interval '1 hour',
      date '1970-01-01' + i
    from generate_series(1, 300) i`);
  await scenario.define({ customers: activation });
  await scenario.startWorker();
});

test('a first run sends every attribute of every contact to every app', async () => {
  const result = await scenario.run('customers');
  expect(result).toMatchObject({
    activation: 'customers',
    mode: 'delta',
    trigger: 'manual',
    state: 'closed',
    outcome: 'completed',
    counts: counts({ read: 300, new: 300, accepted: 300 }),
    attributesSent: 1800,
    requests: 60,
  });
  expect(result).not.toHaveProperty('error');
  expect(await scenario.notInStep(customers)).toEqual([]);
});

test('a run that finds nothing changed sends nothing', async () => {
  const requests = (await destination.requests()).length;
  expect(await scenario.run('customers')).toMatchObject({
    outcome: 'completed',
    counts: counts({ read: 300, unchanged: 300 }),
    attributesSent: 0,
    requests: 0,
  });
  expect(await destination.requests()).toHaveLength(requests);
});

test('of a segment in which 1% changed, only the changed attributes of the changed contacts are sent', async () => {
  await source.query(`update customers set ltv = ltv + 1 where email in ('${email(3)}', '${email(150)}')`);
  await source.query(
    `update customers set tags = array['planted', 'new'], opted_in = true where email = '${email(299)}'`,
  );
  const sent = await destination.sentDuring(async () =>
    expect(await scenario.run('customers')).toMatchObject({
      counts: counts({ read: 300, unchanged: 297, changed: 3, accepted: 3 }),
      attributesSent: 4,
      requests: 2,
    }),
  );
  const changes = [
    { id: email(3), values: { 'u.ltv': 4.5 } },
    { id: email(150), values: { 'u.ltv': 151.5 } },
    { id: email(299), values: { 'u.opted_in': true, 'ut.tags': ['planted', 'new'] } },
  ];
  expect(sent).toEqual({ ios: changes, android: changes });
  expect(await scenario.notInStep(customers)).toEqual([]);
});

test('nothing is sent for a contact that left the segment; when it returns, all of it is sent', async () => {
  await source.query(`create table away as select * from customers where email in ('${email(1)}', '${email(300)}')`);
  await source.query('delete from customers using away where customers.email = away.email');
  expect(await scenario.run('customers')).toMatchObject({
    outcome: 'completed',
    counts: counts({ read: 298, unchanged: 298, gone: 2 }),
    requests: 0,
  });
  expect(await scenario.run('customers')).toMatchObject({ counts: counts({ read: 298, unchanged: 298 }) });
  await source.query('insert into customers table away');
  expect(await scenario.run('customers')).toMatchObject({
    counts: counts({ read: 300, unchanged: 298, new: 2, accepted: 2 }),
    attributesSent: 12,
  });
  expect(await scenario.notInStep(customers)).toEqual([]);
});

test('null, the empty string and the empty array clear an attribute, once', async () => {
  await source.query(
    `update customers set first_name = null, ltv = null, last_order_at = null where email = '${email(7)}'`,
  );
  await source.query(`update customers set first_name = '', tags = '{}' where email = '${email(8)}'`);
  const sent = await destination.sentDuring(async () =>
    expect(await scenario.run('customers')).toMatchObject({
      counts: counts({ read: 300, unchanged: 298, changed: 2, accepted: 2 }),
      attributesSent: 5,
    }),
  );
  expect(sent.ios).toEqual([
    { id: email(7), values: { 'u.first_name': null, 'u.ltv': null, 'date(u.last_order_at)': null } },
    { id: email(8), values: { 'u.first_name': null, 'ut.tags': null } },
  ]);
  expect(
    await scenario.notInStep(`select email, nullif("u.first_name", '') as "u.first_name", "u.ltv", "u.opted_in",
    nullif("ut.tags", '{}') as "ut.tags", "date(u.last_order_at)", "date(u.birth_date)" from (${customers}) c`),
  ).toEqual([]);
  expect(await scenario.run('customers')).toMatchObject({ counts: counts({ read: 300, unchanged: 300 }), requests: 0 });
});

test('a segment without rows, where no guard forbids it: every contact is gone, nothing is sent, and the run is completed', async () => {
  await scenario.define({ customers: { ...activation, guards: { emptySegment: false, gonePercent: null } } });
  await source.query('create table kept as table customers; truncate customers');
  expect(await scenario.run('customers')).toMatchObject({
    outcome: 'completed',
    counts: counts({ gone: 300 }),
    requests: 0,
  });
  expect(await scenario.run('customers')).toMatchObject({ outcome: 'completed', counts: counts({}) });
  await source.query('insert into customers table kept');
  expect(await scenario.run('customers')).toMatchObject({ counts: counts({ read: 300, new: 300, accepted: 300 }) });
});

test('runs soon after one another read on one connection, which ends with the worker', async () => {
  const ofWorker = `from pg_stat_activity where datname = current_database() and application_name = 'outflow'`;
  const connections = async (): Promise<unknown[]> =>
    (await source.query<{ pid: number }>(`select pid ${ofWorker}`)).rows;
  // Those of earlier runs may soon be too old.
  await source.query(`select pg_terminate_backend(pid, 10000) ${ofWorker}`);
  await scenario.run('customers');
  const kept = await connections();
  expect(kept).toHaveLength(1);
  await scenario.run('customers');
  expect(await connections()).toEqual(kept);
  expect(await scenario.workers[0]!.stop()).toBe(0);
  await expect.poll(connections).toEqual([]);
});

test('neither histories nor logs hold contact data or a secret', async () => {
  expect(await scenario.placesThatHold('planted')).toEqual([]);
  expect(await scenario.placesThatHold('customers')).not.toEqual([]);
});
