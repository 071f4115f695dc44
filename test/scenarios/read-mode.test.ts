import { beforeAll, expect, test } from 'vitest';
import { counts } from './support/counts.js';
import { email } from './support/planted.js';
import { startScenario } from './support/start-scenario.js';

const scenario = await startScenario();
const { source } = scenario;
const people = `select email, name as "u.name", city as "u.city" from people`;

beforeAll(async () => {
  await source.query(`
    create table people (email text, name text, city text);
    insert into people select to_char(i, 'FM0000') || '@planted.example', 'planted ' || i, 'planted city'
    from generate_series(1, 200) i order by random();
    create table volumes (email text, pages text);
    insert into volumes select to_char(i, 'FM0000') || '@planted.example', repeat('planted page ', 15000)
    from generate_series(1, 100) i`);
  await scenario.define({
    people: { attributes: ['name', 'city'], guards: { emptySegment: false, gonePercent: null } },
    // Batch cannot hold these texts; the snapshot can.
    volumes: { attributes: ['pages'], guards: { gonePercent: null } },
  });
  await scenario.startWorker();
});

/** After a run of which much differed the next reads in order, and finds nothing. */
async function settle(activation: string): Promise<void> {
  expect(await scenario.run(activation)).toMatchObject({ readMode: 'sorted', requests: 0 });
}

test('a first run reads in the order of the identifiers; for those that follow the source need not sort', async () => {
  expect(await scenario.run('people')).toMatchObject({
    readMode: 'sorted',
    counts: counts({ read: 200, new: 200, accepted: 200 }),
  });
  expect(await scenario.run('people')).toMatchObject({
    readMode: 'unsorted',
    counts: counts({ read: 200, unchanged: 200 }),
  });

  await source.query(`
    update people set city = 'another' where email in ('${email(3)}', '${email(120)}');
    delete from people where email = '${email(77)}';
    insert into people values ('${email('first')}', 'planted', null), ('${email(5)}', 'planted twice', null)`);
  expect(await scenario.run('people')).toMatchObject({
    readMode: 'unsorted',
    counts: counts({ read: 201, unchanged: 196, new: 1, changed: 2, gone: 1, invalid: 2, accepted: 3 }),
  });
  await source.query(`delete from people where name = 'planted twice'`);
  expect(await scenario.run('people')).toMatchObject({
    readMode: 'unsorted',
    counts: counts({ read: 200, unchanged: 200 }),
  });
  expect(await scenario.notInStep(people)).toEqual([]);
});

test('with another mapping a run reads in order once, because no row is as it was', async () => {
  await source.query(`alter table people add column age int default 40`);
  await scenario.define({ people: { attributes: ['name', 'city', 'age'] } });
  expect(await scenario.run('people')).toMatchObject({
    readMode: 'sorted',
    counts: counts({ read: 200, changed: 200, accepted: 200 }),
  });
  await settle('people');
  expect(await scenario.run('people')).toMatchObject({
    readMode: 'unsorted',
    counts: counts({ read: 200, unchanged: 200 }),
  });
});

test('a segment of which more has changed than memory may hold is read again in order', async () => {
  const unsent = { read: 100, unchanged: 100, invalidValues: 100 };
  expect(await scenario.run('volumes')).toMatchObject({ readMode: 'sorted', counts: counts(unsent) });
  expect(await scenario.run('volumes')).toMatchObject({ readMode: 'unsorted', counts: counts(unsent) });
  await source.query(`update volumes set pages = pages || 'and one more'`);
  expect(await scenario.run('volumes')).toMatchObject({ readMode: 'sorted', counts: counts(unsent) });

  expect(await scenario.run('volumes')).toMatchObject({ readMode: 'unsorted', counts: counts(unsent) });
  await source.query(`delete from volumes where email > '${email(5)}'`);
  expect(await scenario.run('volumes')).toMatchObject({
    readMode: 'sorted',
    counts: counts({ read: 5, unchanged: 5, gone: 95, invalidValues: 5 }),
  });
});

test('a worker that may use no memory for it reads every segment in order', async () => {
  for (const worker of scenario.workers) await worker.kill();
  await scenario.startWorker({ OUTFLOW_DIFF_MEMORY: '0' });
  expect(await scenario.run('people')).toMatchObject({
    readMode: 'sorted',
    counts: counts({ read: 200, unchanged: 200 }),
  });
});
