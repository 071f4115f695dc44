import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { OutflowError } from '../../../src/activation/errors.js';
import { extractSegment } from '../../../src/sources/postgres/extract-segment.js';
import { beginReading } from '../../../src/sources/postgres/reading.js';
import {
  breakConnection,
  rowsOf,
  sourceDatabase,
  type SourceDatabase,
  sourceDatabaseOf,
  withRole,
} from './source-database.js';
import { fields } from './column.js';

let database: SourceDatabase;
beforeAll(async () => {
  database = await sourceDatabase();
  await database.owner.query(`
    create table customers (email text, seen timestamptz);
    insert into customers values ('a@shop.test', '2026-03-01 12:00:00+02'), ('b@shop.test', null)`);
});
afterAll(() => database.drop());

/** Values whose text depends on settings. */
const delicate = `select 'a' as id, timestamptz '2026-03-01 12:00:00+02' as seen, date '2026-03-01' as day,
  0.1::float8 + 0.2::float8 as exact, interval '1 day 2 hours' as span, '\\x00ff'::bytea as bytes, 'Zo' || chr(235) as name`;
const delicateFields = fields('seen', 'day', 'exact', 'span', 'bytes', 'name');

test('the same value reads as the same text, whatever the defaults of the role that reads it', async () => {
  const defaults = `
    alter role $ROLE set timezone = 'Asia/Kolkata'; alter role $ROLE set datestyle = 'SQL, DMY';
    alter role $ROLE set extra_float_digits = -10; alter role $ROLE set intervalstyle = 'iso_8601';
    alter role $ROLE set bytea_output = 'escape'; alter role $ROLE set client_encoding = 'LATIN1'`;
  await withRole(database, defaults, async ({ url }) => {
    const source = await database.open(url);
    const shown = await source.client.query<{ TimeZone: string }>('show timezone');
    expect(shown.rows[0]!.TimeZone).toBe('Asia/Kolkata');
    expect(await rowsOf(source, { sql: delicate, identifier: 'id', fields: delicateFields })).toEqual([
      ['a', '2026-03-01 10:00:00+00', '2026-03-01', '0.30000000000000004', '1 day 02:00:00', '\\x00ff', 'Zoë'],
    ]);
  });
});

test('a role that may only select reads a segment', async () => {
  await withRole(database, 'grant select on customers to $ROLE', async ({ url }) => {
    const sql = 'select email, seen from customers';
    expect(await rowsOf(await database.open(url), { sql, identifier: 'email', fields: fields('seen') })).toEqual([
      ['a@shop.test', '2026-03-01 10:00:00+00'],
      ['b@shop.test', null],
    ]);
  });
});

test('a role without the right to select is told which table it may not read', async () => {
  await withRole(database, '', async ({ url }) => {
    const extract = { sql: 'select email from customers', identifier: 'email', fields: [] };
    await expect(rowsOf(await database.open(url), extract)).rejects.toMatchObject({
      code: 'SourceRejectedQuery',
      message: 'Source warehouse refuses the query: permission denied for table customers (SQLSTATE 42501).',
    });
  });
});

test('a function that would write is refused while the segment is read, and nothing is written', async () => {
  await database.owner.query(`
    create table visits (email text);
    create function visit(who text) returns text language sql volatile as
      'insert into visits values (who) returning email'`);
  const extract = { sql: 'select visit(email) as id from customers', identifier: 'id', fields: [] };
  await expect(rowsOf(await database.open(), extract)).rejects.toMatchObject({
    code: 'SourceEndedQuery',
    message: 'Source warehouse ended the query: SQLSTATE 25006 (read_only_sql_transaction).',
  });
  expect((await database.owner.query('table visits')).rows).toEqual([]);
});

test('a connection that breaks before the first row is asked for fails the reading, and nothing else', async () => {
  const source = await database.open();
  const ended = new Promise<void>((resolve) => source.client.once('end', () => resolve()));
  const { rows } = extractSegment(await beginReading(source), {
    sql: 'select email from customers',
    identifier: 'email',
    fields: [],
  });
  breakConnection(source);
  await ended;
  await expect(rows[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'SourceUnreachable' });
});

test('rows that change while a segment is read are read as they were', async () => {
  const source = await database.open();
  const sql = `select 'key-' || n as id, repeat('x', 1000) as filler from moving where n > 0`;
  await database.owner.query('create table moving as select generate_series(1, 20000) as n');
  const segment = extractSegment(await beginReading(source), { sql, identifier: 'id', fields: fields('filler') });
  let pieces = 0;
  for await (const piece of segment.rows) {
    if (pieces++ === 0) await database.owner.query('delete from moving');
    expect(piece.length).toBeGreaterThan(0);
  }
  expect(pieces).toBeGreaterThan(1);
  expect(segment.rowsRead()).toBe(20_000);
});

test('an empty segment has no rows', async () => {
  const segment = extractSegment(await beginReading(await database.open()), {
    sql: 'select email from customers where false',
    identifier: 'email',
    fields: [],
  });
  for await (const piece of segment.rows) expect(piece.length).toBe(0);
  expect(segment.rowsRead()).toBe(0);
});

test('a connection reads one segment after the other, and leaves its settings as they were', async () => {
  const source = await database.open();
  await source.client.query(`set timezone = 'Asia/Kolkata'; set client_encoding = 'LATIN1'`);
  const extract = { sql: delicate, identifier: 'id', fields: delicateFields };
  const [row] = await rowsOf(source, extract);
  expect(row).toContain('Zoë');
  expect(await rowsOf(source, extract)).toEqual([row]);
  expect((await source.client.query<{ TimeZone: string }>('show timezone')).rows[0]!.TimeZone).toBe('Asia/Kolkata');
});

test('character(n) is read without the blanks that pad it, alone and in a list', async () => {
  const sql = `select 'a'::char(3) as id, 'bc'::char(5) as code, array['d', 'ef ']::char(4)[] as codes, 'g '::text as text`;
  const types = ['character(5)', 'character(4)[]', 'text'];
  const columns = ['code', 'codes', 'text'].map((name, i) => ({ name, type: types[i]! }));
  expect(await rowsOf(await database.open(), { sql, identifier: 'id', fields: columns })).toEqual([
    ['a', 'bc', '{d,ef}', 'g '],
  ]);
});

test('a database of any bytes says its encoding where a text is no UTF-8, and what reads it', async () => {
  const anyBytes = await sourceDatabaseOf('SQL_ASCII');
  onTestFinished(() => anyBytes.drop());
  await anyBytes.owner.query(`create table people as select 'a' as id, convert_from('\\x5a6feb', 'SQL_ASCII') as name`);
  const source = await anyBytes.open();
  const read = (name: string) =>
    rowsOf(source, { sql: `select id, ${name} as name from people`, identifier: 'id', fields: fields('name') });
  const failure: unknown = await read('name').catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: 'SourceEndedQuery',
    message:
      'Source warehouse ended the query: a text of the segment is no UTF-8 (SQLSTATE 22021). The encoding of the database is SQL_ASCII, which takes any bytes for text.',
  });
  const conversion = /LATIN1: (.*) as x\./.exec((failure as OutflowError).remedy)![1]!;
  await source.client.query('rollback');
  expect(await read(conversion.replace('(x,', '(name,'))).toEqual([['a', 'Zoë']]);
});
