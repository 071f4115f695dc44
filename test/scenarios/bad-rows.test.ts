import { beforeAll, expect, test } from 'vitest';
import { countInvalidRows, invalidRows } from '../../src/engine/runs/rejections.js';
import { counts } from './support/counts.js';
import { email } from './support/planted.js';
import { startScenario } from './support/start-scenario.js';

const scenario = await startScenario();
const { source, destination, engine } = scenario;

beforeAll(async () => {
  await scenario.startWorker();
});

async function activationId(name: string): Promise<number> {
  const [row] = await scenario.stored(`select activation_id from outflow.activation where name = '${name}'`);
  return Number(row!['activation_id']);
}

test('rows with an identifier that cannot be one are not sent, and are counted and listed by reason', async () => {
  const long = `${'x'.repeat(600)}${email(1)}`;
  await source.query('create table people (email text, tier text)');
  await source.query(`insert into people select unnest($1::text[]), 'planted'`, [
    [email(1), email(2), null, '', long, 'undefined', 'NULL', 'twice', 'twice', 'thrice', 'thrice', 'thrice'],
  ]);
  await scenario.define({ people: { attributes: ['tier'] } });
  expect(await scenario.run('people')).toMatchObject({
    outcome: 'completed_with_warnings',
    counts: counts({ read: 12, new: 2, accepted: 2, invalid: 10 }),
  });
  expect([...(await destination.contacts('ios')).keys()]).toEqual([email(1), email(2)]);
  expect(await countInvalidRows(engine, await activationId('people'))).toEqual({
    null_identifier: 1,
    empty_identifier: 1,
    identifier_too_long: 1,
    identifier_reserved: 2,
    duplicate_identifier: 5,
  });
  const listed: unknown[] = [];
  for await (const { identifier, reason } of invalidRows(engine, await activationId('people'))) {
    listed.push([identifier?.slice(0, 9) ?? null, reason]);
  }
  expect(listed.sort()).toEqual(
    [
      [null, 'null_identifier'],
      ['', 'empty_identifier'],
      ['xxxxxxxxx', 'identifier_too_long'],
      ['undefined', 'identifier_reserved'],
      ['NULL', 'identifier_reserved'],
      ['twice', 'duplicate_identifier'],
      ['twice', 'duplicate_identifier'],
      ['thrice', 'duplicate_identifier'],
      ['thrice', 'duplicate_identifier'],
      ['thrice', 'duplicate_identifier'],
    ].sort(),
  );
  expect(await scenario.run('people')).toMatchObject({
    counts: counts({ read: 12, unchanged: 2, invalid: 10 }),
    requests: 0,
  });
});

test('a contact that comes twice keeps what it has until it comes once again', async () => {
  await source.query(
    `create table twins (email text, tier text); insert into twins values ('a${email(1)}', 'gold'), ('b${email(1)}', 'gold')`,
  );
  await scenario.define({ twins: { attributes: ['tier'] } });
  await scenario.run('twins');
  await source.query(`update twins set tier = 'silver'; insert into twins values ('a${email(1)}', 'bronze')`);
  expect(await scenario.run('twins')).toMatchObject({
    outcome: 'completed_with_warnings',
    counts: counts({ read: 3, changed: 1, accepted: 1, invalid: 2 }),
  });
  expect((await destination.contacts('ios')).get(`a${email(1)}`)).toEqual({ 'u.tier': 'gold' });
  await source.query(`delete from twins where tier = 'bronze'`);
  expect(await scenario.run('twins')).toMatchObject({
    outcome: 'completed',
    counts: counts({ read: 2, unchanged: 1, changed: 1, accepted: 1 }),
  });
  expect(await scenario.notInStep('select email, tier as "u.tier" from twins')).toEqual([]);
});

test('identifiers with tabs, line ends, backslashes, quotes and letters of all alphabets are contacts like others', async () => {
  await source.query('create table odd (email text, tier text)');
  const odd = [
    'tab\there',
    'line\nend',
    'back\\slash',
    '\\N',
    '\\.',
    "O'Brien",
    '李@例え',
    'Zoë',
    '😀',
    'Ａ',
    'a b',
    '{"a":1}',
  ];
  await source.query(`insert into odd select unnest($1::text[]), 'gold'`, [odd]);
  await scenario.define({ odd: { attributes: ['tier'] } });
  expect(await scenario.run('odd')).toMatchObject({
    outcome: 'completed',
    counts: counts({ read: 12, new: 12, accepted: 12 }),
  });
  expect(await scenario.notInStep('select email, tier as "u.tier" from odd')).toEqual([]);
  await source.query(`update odd set tier = 'silver' where email in (E'tab\\there', E'\\\\N', '😀')`);
  expect(await scenario.run('odd')).toMatchObject({
    counts: counts({ read: 12, unchanged: 9, changed: 3, accepted: 3 }),
  });
  expect(await scenario.notInStep('select email, tier as "u.tier" from odd')).toEqual([]);
});

test('values that Batch cannot hold are left out and counted while they stand; everything else of the contact is sent', async () => {
  await source.query(`create table readings (email text, name text, ratio float8, amount numeric, total bigint, seen timestamptz,
    born date, tags text[], site text)`);
  await source.query(`insert into readings values
    ('fine${email(1)}', 'planted', 0.1, 12.340, 9007199254740991, '2026-02-03 04:05:06.789+02', '2000-02-29', '{a,b}', 'https://planted.example/x'),
    ('bad${email(1)}', repeat('é', 65), 'NaN', 'Infinity', 9007199254740992, 'infinity', '0044-03-15 BC', array_fill('t'::text, array[51]), 'nowhere'),
    ('worse${email(1)}', repeat('x', 64), '-Infinity', 123456789012345678901234567890, -9007199254740992, '-infinity', 'infinity', array[repeat('y', 65)], repeat('x', 3000)),
    ('empty${email(1)}', '', null, null, null, null, null, '{}', null),
    ('nulls${email(1)}', 'x', 1e-7, 1e-7, 0, '0001-01-01 00:00:00+00', '9999-12-31', '{a,null,b}', null)`);
  await scenario.define({
    readings: {
      attributes: ['name', 'ratio', 'amount', 'total', 'seen', 'born', 'tags', { attribute: 'site', type: 'url' }],
    },
  });
  const result = await scenario.run('readings');
  expect(result).toMatchObject({
    outcome: 'completed_with_warnings',
    counts: { read: 5, unchanged: 1, new: 4, accepted: 4, invalid: 0 }, // of one there is nothing to send
  });
  const contacts = await destination.contacts('android');
  expect(contacts.get(`fine${email(1)}`)).toEqual({
    'u.name': 'planted',
    'u.ratio': 0.1,
    'u.amount': 12.34,
    'u.total': 9007199254740991,
    'date(u.seen)': '2026-02-03T02:05:06',
    'date(u.born)': '2000-02-29T00:00:00',
    'ut.tags': ['a', 'b'],
    'url(u.site)': 'https://planted.example/x',
  });
  expect(contacts.get(`bad${email(1)}`) ?? {}).toEqual({});
  expect(contacts.get(`worse${email(1)}`)).toEqual({ 'u.name': 'x'.repeat(64) });
  expect(contacts.get(`empty${email(1)}`) ?? {}).toEqual({});
  expect(contacts.get(`nulls${email(1)}`)).toEqual({
    'u.name': 'x',
    'u.ratio': 1e-7,
    'u.amount': 1e-7,
    'u.total': 0,
    'date(u.seen)': '0001-01-01T00:00:00',
    'date(u.born)': '9999-12-31T00:00:00',
    'ut.tags': ['a', 'b'],
  });
  expect(result.counts.invalidValues).toBe(15);

  expect(await scenario.run('readings')).toMatchObject({
    outcome: 'completed_with_warnings',
    counts: counts({ read: 5, unchanged: 5, invalidValues: 15 }),
    requests: 0,
  });
  await source.query(`update readings set name = 'healed', total = 1 where email = 'bad${email(1)}'`);
  expect(await scenario.run('readings')).toMatchObject({
    counts: counts({ read: 5, unchanged: 4, changed: 1, accepted: 1, invalidValues: 13 }),
    attributesSent: 2,
  });
  expect((await destination.contacts('ios')).get(`bad${email(1)}`)).toEqual({ 'u.name': 'healed', 'u.total': 1 });
});

test('a value that becomes one which Batch cannot hold leaves what Batch has, or clears it where the mapping says so', async () => {
  await source.query(`create table turning (email text, kept text, cleared text);
    insert into turning values ('turning${email(1)}', 'short', 'short')`);
  await scenario.define({ turning: { attributes: ['kept', { attribute: 'cleared', onTooLong: 'clear' }] } });
  await scenario.run('turning');
  await source.query(`update turning set kept = repeat('x', 65), cleared = repeat('x', 65)`);
  expect(await scenario.run('turning')).toMatchObject({
    counts: { changed: 1, accepted: 1, invalidValues: 1 },
    attributesSent: 1,
  });
  expect((await destination.contacts('ios')).get(`turning${email(1)}`)).toEqual({ 'u.kept': 'short' });
  await source.query(`update turning set kept = 'short', cleared = 'short'`);
  expect(await scenario.run('turning')).toMatchObject({
    outcome: 'completed',
    counts: { changed: 1, accepted: 1, invalidValues: 0 },
  });
  expect((await destination.contacts('ios')).get(`turning${email(1)}`)).toEqual({
    'u.kept': 'short',
    'u.cleared': 'short',
  });
});

test('neither histories nor logs hold contact data or a secret', async () => {
  expect(await scenario.placesThatHold('planted')).toEqual([]);
  expect(await scenario.placesThatHold('people')).not.toEqual([]);
});
