import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeSegment } from '../../../src/sources/postgres/describe-segment.js';
import { sourceDatabase, type SourceDatabase } from './source-database.js';

let database: SourceDatabase;
const describe = async (sql: string) => describeSegment(await database.open(), { name: 'loyal', sql });
const typesOf = async (sql: string) => (await describe(sql)).map(({ name, type, kind }) => ({ name, type, kind }));

beforeAll(async () => {
  database = await sourceDatabase();
  await database.owner.query(`
    create domain positive as numeric(10,2) check (value > 0);
    create domain tiny_positive as positive;
    create domain words as text[];
    create type mood as enum ('glad', 'sad');
    create domain my_mood as mood;
    create schema elsewhere;
    create type elsewhere.shade as enum ('light', 'dark');
    create table customers (
      email varchar(320), code char(3), ltv numeric(12,2), seen timestamptz(3), tags text[], score positive,
      least tiny_positive, notes words, mood mood, tone my_mood, shade elsewhere.shade, moods mood[], id uuid, visits bigint);
  `);
});
afterAll(() => database.drop());

test('a segment is described by the names and types of its columns, domains by their base type, enums as enum', async () => {
  expect(await typesOf('select * from customers')).toEqual([
    { name: 'email', type: 'character varying(320)', kind: 'text' },
    { name: 'code', type: 'character(3)', kind: 'text' },
    { name: 'ltv', type: 'numeric(12,2)', kind: 'number' },
    { name: 'seen', type: 'timestamp(3) with time zone', kind: 'timestamp' },
    { name: 'tags', type: 'text[]', kind: 'list' },
    { name: 'score', type: 'numeric(10,2)', kind: 'number' },
    { name: 'least', type: 'numeric(10,2)', kind: 'number' },
    { name: 'notes', type: 'text[]', kind: 'list' },
    { name: 'mood', type: 'enum', kind: 'text' },
    { name: 'tone', type: 'enum', kind: 'text' },
    { name: 'shade', type: 'enum', kind: 'text' },
    { name: 'moods', type: 'mood[]', kind: undefined },
    { name: 'id', type: 'uuid', kind: 'text' },
    { name: 'visits', type: 'bigint', kind: 'number' },
  ]);
});

test('a literal and an untyped null are columns of type text', async () => {
  expect(await typesOf(`select 'gold' as tier, null as nothing`)).toEqual([
    { name: 'tier', type: 'text', kind: 'text' },
    { name: 'nothing', type: 'text', kind: 'text' },
  ]);
});

test('describing a segment does not run it', async () => {
  await database.owner.query('create sequence touched');
  expect(await describe(`select nextval('touched') as n, 1 / 0 as never, pg_sleep(3600)::text as long`)).toHaveLength(
    3,
  );
  const { rows } = await database.owner.query('select is_called from touched');
  expect(rows).toEqual([{ is_called: false }]);
});

test('a segment may end in a comment, begin with one, and hold several lines', async () => {
  const sql = '-- who they are\nselect email, -- the key\n  ltv\nfrom customers /* all */ -- of them';
  expect(await describe(sql)).toHaveLength(2);
});

test('a segment with a syntax error names the error and its place', async () => {
  await expect(describe('select email frm customers')).rejects.toMatchObject({
    code: 'SourceRejectedQuery',
    message:
      'Source warehouse refuses the query of segment loyal: syntax error at or near "customers" (SQLSTATE 42601), at line 1, column 18.',
    remedy: 'Correct the segment: try its SQL in psql as the same user.',
  });
});

test('a segment on a table that does not exist names the table', async () => {
  await expect(describe('select email from clients')).rejects.toMatchObject({
    code: 'SourceRejectedQuery',
    message: expect.stringContaining(
      'relation "clients" does not exist (SQLSTATE 42P01), at line 1, column 19.',
    ) as string,
  });
});

test('a segment on a column that does not exist names the column', async () => {
  await expect(describe('select mail from customers')).rejects.toMatchObject({
    code: 'SourceRejectedQuery',
    message: expect.stringContaining('column "mail" does not exist') as string,
  });
});

test('a segment is one statement', async () => {
  await expect(describe('select 1 as a; select 2 as b')).rejects.toMatchObject({
    code: 'SourceRejectedQuery',
    message: expect.stringContaining('cannot insert multiple commands into a prepared statement') as string,
  });
});

test('what closes the parenthesis around a segment does not get out of it', async () => {
  await expect(describe('select 1 as a) s; drop table customers; --')).rejects.toMatchObject({
    code: 'SourceRejectedQuery',
  });
  expect((await database.owner.query(`select to_regclass('customers') as it`)).rows).toEqual([{ it: 'customers' }]);
});

test('two columns of one name are refused, naming it', async () => {
  await expect(describe('select email, ltv, code as email from customers')).rejects.toMatchObject({
    code: 'SegmentInvalid',
    message: 'Segment loyal has two columns named email.',
    remedy: 'Give each column a name of its own with AS.',
  });
});

test.each([
  '',
  '-- nothing',
  'delete from customers',
  'vacuum customers',
  'begin',
  'select email into x from customers',
])('%j is not a query', async (sql) => {
  await expect(describe(sql)).rejects.toMatchObject({
    code: 'SegmentInvalid',
    message: 'Segment loyal returns no columns: it is not a query.',
    remedy: 'Write a SELECT whose columns are the identifier and the fields to send.',
  });
});

test.each([
  'delete from customers returning email',
  'show timezone',
  'explain select email from customers',
  'select email from customers; -- all of them',
  'with gone as (delete from customers returning email) select email from gone',
])('%j returns rows, but is nothing that a segment can be read from', async (sql) => {
  await expect(describe(sql)).rejects.toMatchObject({
    code: 'SegmentInvalid',
    message: expect.stringMatching(
      /^Segment loyal cannot be read as a part of another query: .+ \(SQLSTATE .+\)\.$/,
    ) as string,
    remedy: 'Write one SELECT, with nothing after its semicolon and without statements that change data.',
  });
});

test('a connection serves on after a segment was refused', async () => {
  const source = await database.open();
  await expect(describeSegment(source, { name: 'a', sql: 'selekt' })).rejects.toThrow('syntax error');
  expect(await describeSegment(source, { name: 'b', sql: 'select 1 as n' })).toMatchObject([
    { name: 'n', type: 'integer' },
  ]);
});

const hostileNames = [
  'user',
  'order',
  'Order By',
  'interval',
  'select',
  'a"b',
  "it's",
  'x; drop table customers; --',
  'Ünï ✓',
];

test.each([
  ...['text', 'varchar(9)', 'char(9)', 'name', 'mood', 'integer', 'numeric', 'double precision', 'boolean'],
  ...['date', 'timestamptz', 'text[]', 'integer[]', 'mood[]', 'json', 'jsonb', 'bytea', 'money', 'interval', 'inet'],
  ...['point', 'time', 'bit(3)', 'xml', 'int4range'],
])('what is said to be written for a column of type %s gives the wanted kind, whatever its name', async (type) => {
  const columns = hostileNames.map((name) => `null::${type} as "${name.replaceAll('"', '""')}"`);
  const segment = `select ${columns.join(', ')}`;
  const described = await describe(segment);
  expect(described.map(({ name }) => name)).toEqual(hostileNames);
  const expressions: { kind: string; sql: string }[] = described.flatMap(({ conversions }) =>
    Object.entries(conversions).flatMap(([kind, choice]) => choice.map((sql) => ({ kind, sql }))),
  );
  const converted = `select ${expressions.map(({ sql }, i) => `${sql} as c${i}`).join(', ')} from (${segment}) s`;
  expect((await typesOf(converted)).map(({ kind }) => kind)).toEqual(expressions.map(({ kind }) => kind));
  expect((await database.owner.query(converted)).rows).toEqual([
    Object.fromEntries(expressions.map((_, i) => [`c${i}`, null])),
  ]);
});

test('what is said to be written for a column named as a function of the server gives the column', async () => {
  const segment = `select '{"key": "vip"}'::jsonb as "user"`;
  const [column] = await describe(segment);
  const [ofKey, whole] = column!.conversions.text!;
  const { rows } = await database.owner.query(`select ${ofKey!} as of_key, ${whole!} as whole from (${segment}) s`);
  expect(rows).toEqual([{ of_key: 'vip', whole: '{"key": "vip"}' }]);
});

test.each([
  ['select email,\n  mail\nfrom customers', 'column "mail" does not exist (SQLSTATE 42703), at line 2, column 3'],
  [`select '😀' as icon, mail from customers`, 'column "mail" does not exist (SQLSTATE 42703), at line 1, column 22'],
  ['select email from customers\nwhere code = $1', 'there is no parameter $1 (SQLSTATE 42P02), at line 2, column 14'],
])('the place of a fault is one of the segment, whatever stands around it: %s', async (sql, told) => {
  await expect(describe(sql)).rejects.toMatchObject({
    code: 'SourceRejectedQuery',
    message: `Source warehouse refuses the query of segment loyal: ${told}.`,
  });
});
