import { afterAll, beforeAll, expect, test } from 'vitest';
import { identifiersOf, sourceDatabaseOf, rowsOf, sourceDatabase, type SourceDatabase } from './source-database.js';
import { fields } from './column.js';

/** In the order of their UTF-8 bytes, which is neither that of UTF-16 units, nor of COPY's escapes, nor of a language. */
const inOrder = [
  '',
  '\t',
  '\n',
  ' ',
  'B',
  '\\',
  '\\N',
  'a',
  'a\tb',
  'a\nb',
  'aA',
  'a\\',
  'a\\b',
  'b',
  'é',
  '李',
  '\uFF21',
  '😀',
];
const shuffled = [...inOrder.slice(9), ...inOrder.slice(0, 9).toReversed()];

let database: SourceDatabase;
beforeAll(async () => {
  database = await sourceDatabase();
});
afterAll(() => database.drop());

test('rows are read in the order of their identifiers as UTF-8 bytes, those without one last', async () => {
  await database.owner.query('create table people (id text)');
  await database.owner.query('insert into people select unnest($1::text[])', [[null, ...shuffled, null]]);
  expect(inOrder).toEqual(inOrder.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  expect(await identifiersOf(await database.open(), 'select id from people')).toEqual([...inOrder, null, null]);
});

test('the order is the same where the column has a collation of a language', async () => {
  await database.owner.query('create table members (id text collate "en-x-icu")');
  await database.owner.query('insert into members select unnest($1::text[])', [shuffled]);
  expect(await identifiersOf(await database.open(), 'select id from members order by id')).toEqual(inOrder);
});

test.each([
  ['LATIN1', 'ÿ'],
  ['LATIN9', '€'], // smaller than é in its encoding, larger in UTF-8
] as const)('the order is that of UTF-8 in a database of encoding %s, too', async (encoding, letter) => {
  const western = await sourceDatabaseOf(encoding);
  try {
    const texts = [...inOrder.filter((text) => !/[^\t\n -\u00ff]/.test(text)), letter];
    expect(texts).toContain('é');
    await western.owner.query('create table people (id text)');
    await western.owner.query('insert into people select unnest($1::text[])', [[...texts.toReversed(), null]]);
    expect(await identifiersOf(await western.open(), 'select id from people')).toEqual([...texts, null]);
  } finally {
    await western.drop();
  }
});

test('numbers that identify contacts are read in the order of their digits as text', async () => {
  const sql = 'select n::bigint as id from unnest(array[10, 9, -1, 100, 2]) n';
  expect(await identifiersOf(await database.open(), sql)).toEqual(['-1', '10', '100', '2', '9']);
});

test('uuids, enums and padded texts identify contacts by their text', async () => {
  const source = await database.open();
  const uuids = ['b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'];
  expect(await identifiersOf(source, `select x::uuid as id from unnest(array['${uuids.join("','")}']) x`)).toEqual(
    uuids.toReversed(),
  );
  await database.owner.query(`create type size as enum ('small', 'large')`);
  expect(await identifiersOf(source, `select x::size as id from unnest(array['small', 'large']) x`)).toEqual([
    'large',
    'small',
  ]);
  expect(await identifiersOf(source, `select x::char(5) as id from unnest(array['b', 'a ']) x`)).toEqual(['a', 'b']);
});

test('the identifier comes first and the fields follow in the order asked for, whatever their names', async () => {
  const sql = `select 1 as "Ad""r; --", null::text as "select", 'zoe@shop.test' as "E-mail" -- three columns`;
  expect(
    await rowsOf(await database.open(), { sql, identifier: 'E-mail', fields: fields('select', 'Ad"r; --') }),
  ).toEqual([['zoe@shop.test', null, '1']]);
});

test.each(['text', 'varchar(100)'])(
  'an index in byte order on a column of type %s spares the source its sort',
  async (type) => {
    const indexed = await sourceDatabase();
    try {
      await indexed.owner.query(`create table customers (id ${type})`);
      await indexed.owner.query('create index by_bytes on customers (id collate "C")');
      await indexed.owner.query('insert into customers select unnest($1::text[])', [shuffled]);
      // So few rows are sorted more quickly.
      await indexed.owner.query(
        `do $$ begin execute format('alter database %I set enable_sort = off', current_database()); end $$`,
      );
      const source = await indexed.open();
      expect(await identifiersOf(source, 'select id from customers')).toEqual(inOrder);
      await source.end();
      const scans = 'select idx_scan from pg_stat_user_indexes where indexrelname = $1';
      await expect
        .poll(async () => (await indexed.owner.query<{ idx_scan: string }>(scans, ['by_bytes'])).rows[0])
        .toEqual({ idx_scan: '1' });
    } finally {
      await indexed.drop();
    }
  },
);
