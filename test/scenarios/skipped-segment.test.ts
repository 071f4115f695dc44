import { beforeAll, beforeEach, expect, test } from 'vitest';
import { countInvalidRows, invalidRows, listRejections, retryRejections } from '../../src/engine/runs/rejections.js';
import { resetSnapshot } from '../../src/engine/runs/reset.js';
import { counts } from './support/counts.js';
import { email } from './support/planted.js';
import { startScenario } from './support/start-scenario.js';

const scenario = await startScenario();
const { source, destination, engine } = scenario;
const inStep = `select email, tier as "u.tier", visits as "u.visits" from loyalty`;
const unchanged = counts({ read: 40, unchanged: 40 });
const read = expect.stringMatching(/^(un)?sorted$/) as string;
const everything = { attributes: ['tier', 'visits'] };

beforeAll(async () => {
  await source.query('create table loyalty (email text, tier text, visits numeric)');
  await scenario.define({ loyalty: everything });
  await scenario.startWorker({ OUTFLOW_CHECKSUM: 'always' });
});

/** A segment of 40 contacts that were sent, and of which the source has told the checksum. */
beforeEach(async () => {
  destination.fail();
  await source.query(`truncate loyalty; insert into loyalty
    select to_char(i, 'FM0000') || '@planted.example', 'planted', 1 from generate_series(1, 40) i`);
  await scenario.define({ loyalty: everything });
  await scenario.run('loyalty');
  await scenario.run('loyalty');
});

async function activationId(): Promise<number> {
  const [row] = await scenario.stored(`select activation_id from outflow.activation where name = 'loyalty'`);
  return Number(row!['activation_id']);
}

test('a segment that is as it was is not read again, until something changes', async () => {
  const spared = { outcome: 'completed', readMode: 'skipped', counts: unchanged, requests: 0 };
  for (let i = 0; i < 2; i++) expect(await scenario.run('loyalty')).toMatchObject(spared);

  await source.query(`
    update loyalty set visits = 2 where email = '${email(3)}';
    delete from loyalty where email = '${email(4)}'; insert into loyalty values ('${email('new')}', null, 1.50)`);
  expect(await scenario.run('loyalty')).toMatchObject({
    readMode: read,
    counts: counts({ read: 40, unchanged: 38, new: 1, changed: 1, gone: 1, accepted: 2 }),
  });
  expect(await scenario.run('loyalty')).toMatchObject({ readMode: 'skipped', counts: unchanged });
  expect(await scenario.notInStep(inStep)).toEqual([]);
});

test('values that go back to what they were, or change places, are sent', async () => {
  await source.query(`update loyalty set visits = 7 where email = '${email(3)}'`);
  expect(await scenario.run('loyalty')).toMatchObject({ counts: { changed: 1 } });
  await source.query(`update loyalty set visits = 1 where email = '${email(3)}'`);
  expect(await scenario.run('loyalty')).toMatchObject({ counts: { changed: 1 } });
  await source.query(`update loyalty set visits = 8 where email = '${email(5)}'`);
  expect(await scenario.run('loyalty')).toMatchObject({ counts: { changed: 1 } });
  await source.query(
    `update loyalty set visits = case email when '${email(5)}' then 1 when '${email(6)}' then 8 else visits end`,
  );
  expect(await scenario.run('loyalty')).toMatchObject({ counts: { changed: 2, accepted: 2 } });
  expect(await scenario.notInStep(inStep)).toEqual([]);
});

test('what is equal to PostgreSQL, but another text, is read', async () => {
  await source.query(`update loyalty set visits = 1.00 where email = '${email(3)}'`);
  expect(await scenario.run('loyalty')).toMatchObject({ readMode: read });
});

test('rows that cannot be sent stay listed', async () => {
  await source.query(`insert into loyalty values (null, 'planted', 1), ('${email(7)}', 'planted', 2)`);
  const withInvalid = {
    outcome: 'completed_with_warnings',
    counts: counts({ read: 42, unchanged: 39, invalid: 3 }),
  };
  expect(await scenario.run('loyalty')).toMatchObject({ ...withInvalid, readMode: read });
  for (let i = 0; i < 2; i++) {
    expect(await scenario.run('loyalty')).toMatchObject({ ...withInvalid, readMode: 'skipped' });
    expect(await countInvalidRows(engine, await activationId())).toEqual({
      null_identifier: 1,
      duplicate_identifier: 2,
    });
    const listed: (string | null)[] = [];
    for await (const { identifier } of invalidRows(engine, await activationId())) listed.push(identifier);
    expect(listed).toEqual(expect.arrayContaining([null, email(7), email(7)]));
    expect(listed).toHaveLength(3);
  }
});

test('a contact that was refused waits without a reading until it is due', async () => {
  const refusals = async () => (await listRejections(engine, await activationId(), 100)).length;
  await source.query(`update loyalty set visits = 9 where email = '${email(8)}'`);
  destination.fail({ poisonedIds: [email(8)] });
  const refused = { counts: counts({ read: 40, unchanged: 39, changed: 1, rejected: 1 }) };
  expect(await scenario.run('loyalty')).toMatchObject(refused);
  expect(await scenario.run('loyalty'), 'the next run tries it again').toMatchObject({ ...refused, readMode: read });
  const deferred = { outcome: 'completed_with_warnings', counts: counts({ read: 40, unchanged: 39, deferred: 1 }) };
  expect(await scenario.run('loyalty')).toMatchObject({ ...deferred, readMode: read });
  for (let i = 0; i < 2; i++) {
    expect(await scenario.run('loyalty')).toMatchObject({ ...deferred, readMode: 'skipped', requests: 0 });
    expect(await refusals()).toBe(2);
  }

  destination.fail();
  await retryRejections(engine, await activationId());
  expect(await scenario.run('loyalty')).toMatchObject({ outcome: 'completed', counts: { changed: 1, accepted: 1 } });
  expect(await refusals()).toBe(0);
  expect(await scenario.run('loyalty')).toMatchObject({ readMode: 'skipped', counts: unchanged });
});

test('after a run that failed the segment is read, and what is missing is sent', async () => {
  await source.query('update loyalty set visits = 10');
  destination.fail({ refusedKeys: ['u.visits'] });
  expect(await scenario.run('loyalty')).toMatchObject({ outcome: 'failed' });
  destination.fail();
  expect(await scenario.run('loyalty')).toMatchObject({ outcome: 'completed', counts: { accepted: 40 } });
  expect(await scenario.notInStep(inStep)).toEqual([]);
});

test('a full run sends everything, and so does the first one after a reset', async () => {
  expect(await scenario.run('loyalty', 'full')).toMatchObject({ mode: 'full', counts: { changed: 40, accepted: 40 } });
  expect(await scenario.run('loyalty')).toMatchObject({ readMode: 'skipped', counts: unchanged });
  await resetSnapshot(engine, 'loyalty');
  expect(await scenario.run('loyalty')).toMatchObject({ mode: 'full', counts: { changed: 40, accepted: 40 } });
});

test('another mapping is read', async () => {
  await scenario.define({ loyalty: { attributes: ['tier'] } });
  expect(await scenario.run('loyalty')).toMatchObject({ readMode: 'sorted', counts: unchanged });
  expect(await scenario.run('loyalty')).toMatchObject({ readMode: 'skipped', counts: unchanged });
});

test('runs that are spared the reading remember how long it took, by which later ones decide', async () => {
  const remembered = async () =>
    (await scenario.stored('select read_ms from outflow.run_diff order by run_id desc limit 1'))[0]!['read_ms'];
  await source.query(`update loyalty set visits = 13 where email = '${email(3)}'`);
  expect(await scenario.run('loyalty')).toMatchObject({ readMode: read });
  const readMs = await remembered();
  expect(readMs).toEqual(expect.any(Number));
  for (let i = 0; i < 3; i++) expect(await scenario.run('loyalty')).toMatchObject({ readMode: 'skipped' });
  expect(await remembered()).toBe(readMs);
});

test('what a late send leaves owed in the fold of a run that did not know of it is sent by the next run', async () => {
  await source.query('update loyalty set visits = 11');
  await engine.db.raw(`
    create table outflow.kept as
      select c.run_id, d.layout, c.row_count, c.flags, c.data from outflow.change_chunk c join outflow.run_diff d using (run_id) where false;
    create function outflow.keep() returns trigger language plpgsql as $$ begin
      insert into outflow.kept select c.run_id, d.layout, c.row_count, c.flags, c.data
      from outflow.change_chunk c join outflow.run_diff d using (run_id) where c.run_id = new.run_id and c.kind = 'send'
        and not exists (select from outflow.kept);
      return new; end $$;
    create trigger keep after update on outflow.change_chunk for each row execute function outflow.keep();
    create function outflow.send_late() returns trigger language plpgsql as $$ begin
      insert into outflow.late_send (activation_id, run_id, layout, row_count, flags, data)
      select new.activation_id, run_id, layout, row_count, flags, data from outflow.kept; return new; end $$`);
  expect(await scenario.run('loyalty')).toMatchObject({ counts: { changed: 40, accepted: 40 } });
  // From a process that was stopped, just after the diff of this run was published.
  await engine.db.raw(
    'create trigger send_late after insert on outflow.run_diff for each row execute function outflow.send_late()',
  );
  expect(await scenario.run('loyalty')).toMatchObject({ readMode: 'skipped' });
  await engine.db.raw('drop trigger send_late on outflow.run_diff; drop trigger keep on outflow.change_chunk');
  expect(await scenario.stored('select 1 from outflow.late_send'), 'it is folded').toEqual([]);
  expect(await scenario.run('loyalty')).toMatchObject({ counts: { changed: 40, accepted: 40 } });
  expect(await scenario.run('loyalty')).toMatchObject({ readMode: 'skipped', counts: unchanged });
});

test('a source that has time for reading, but not for a checksum besides, is read', async () => {
  const slowly = `select loyalty.* from loyalty, (select pg_sleep(1.2)) waiting`;
  await scenario.define({ loyalty: { ...everything, sql: slowly } });
  const [reader] = (
    await source.query<{ name: string }>(
      `select usename as name from pg_stat_activity where application_name = 'outflow'`,
    )
  ).rows;
  await source.query(`alter role ${reader!.name} set transaction_timeout = '2s'`);
  await source.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'outflow'`);
  await source.query(`update loyalty set visits = 12 where email = '${email(3)}'`);
  expect(await scenario.run('loyalty')).toMatchObject({
    outcome: 'completed',
    readMode: read,
    counts: { changed: 1, accepted: 1 },
  });
  await source.query(`alter role ${reader!.name} reset transaction_timeout`);
});

test('once a day the rows themselves are compared', async () => {
  await engine.db.raw(`update outflow.snapshot set merged_at = now() - interval '25 hours'`);
  expect(await scenario.run('loyalty')).toMatchObject({ readMode: 'sorted', counts: unchanged });
  expect(await scenario.run('loyalty')).toMatchObject({ readMode: 'skipped', counts: unchanged });
});
