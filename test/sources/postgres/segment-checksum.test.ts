import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeSegment } from '../../../src/sources/postgres/describe-segment.js';
import { extractSegment } from '../../../src/sources/postgres/extract-segment.js';
import { beginReading, endReading } from '../../../src/sources/postgres/reading.js';
import { segmentChecksum } from '../../../src/sources/postgres/segment-checksum.js';
import type { Source } from '../../../src/sources/postgres/source.js';
import { breakConnection, rowsOf, sourceDatabase, type SourceDatabase, withRole } from './source-database.js';

let database: SourceDatabase;
let source: Source;
beforeAll(async () => {
  database = await sourceDatabase();
  await database.owner.query(`
    create extension citext;
    create collation blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    create type mood as enum ('well', 'ill');
    create domain shouted as citext`);
  source = await database.open();
});
afterAll(() => database.drop());

/** Of all columns of a query whose identifier is `id`. */
async function checksumOf(sql: string, { seed = 7n, from = source } = {}): Promise<string | undefined> {
  const fields = (await describeSegment(from, { name: 'all', sql })).filter(({ name }) => name !== 'id');
  const reading = await beginReading(from);
  const checksum = await segmentChecksum(reading, { sql, identifier: 'id', fields, seed });
  await endReading(reading);
  return checksum && `${checksum.rows}:${checksum.sum}`;
}

/** What is read of the same columns. */
async function textOf(sql: string): Promise<string> {
  const fields = (await describeSegment(source, { name: 'all', sql })).filter(({ name }) => name !== 'id');
  return JSON.stringify(await rowsOf(source, { sql, identifier: 'id', fields }));
}

const values = (rows: string, columns = 'id, value'): string => `select * from (values ${rows}) v (${columns})`;

test('the same rows have the same checksum, in whatever order they come', async () => {
  const checksum = await checksumOf(values(`('a', 1), ('b', null), (null, 3)`));
  expect(checksum).toMatch(/^3:-?\d+$/);
  expect(await checksumOf(values(`(null, 3), ('b', null), ('a', 1)`))).toBe(checksum);
  expect(await checksumOf(values(`('a', 1), ('b', null), (null, 3)`), { seed: 8n })).not.toBe(checksum);
});

test.each([
  ['a value', `('a', 'x'), ('b', 'y')`, `('a', 'x'), ('b', 'z')`],
  ['a value to null', `('a', 'x'), ('b', 'y')`, `('a', 'x'), ('b', null)`],
  ['a value to an empty text', `('a', 'x'), ('b', null)`, `('a', 'x'), ('b', '')`],
  ['an identifier', `('a', 'x'), ('b', null)`, `('a', 'x'), ('c', null)`],
  ['an identifier to null', `('a', 'x'), ('b', 'y')`, `('a', 'x'), (null, 'y')`],
  ['a row more', `('a', 'x')`, `('a', 'x'), ('b', 'y')`],
  ['the same row once more', `('a', 'x')`, `('a', 'x'), ('a', 'x')`],
  ['another row twice', `('a', 'x'), ('a', 'x')`, `('b', 'x'), ('b', 'x')`],
  ['values that change places between rows', `('a', 'x'), ('b', 'y')`, `('a', 'y'), ('b', 'x')`],
  [
    'values that change places between rows of one identifier',
    `('a', 'x'), ('a', 'y'), ('b', 'x'), ('b', 'x')`,
    `('a', 'x'), ('a', 'x'), ('b', 'x'), ('b', 'y')`,
  ],
])('%s makes another checksum', async (_, before, after) => {
  expect(await checksumOf(values(before))).not.toBe(await checksumOf(values(after)));
});

test('values that change places between columns make another checksum', async () => {
  const columns = 'id, first, second, third';
  const checksum = await checksumOf(values(`('a', 'x', 'y', null)`, columns));
  for (const row of [`('a', 'y', 'x', null)`, `('a', 'x', null, 'y')`, `('x', 'a', 'y', null)`]) {
    expect(await checksumOf(values(row, columns))).not.toBe(checksum);
  }
});

/** Values that PostgreSQL calls equal, or hashes alike, although a run would read another text. */
test.each([
  ['numeric', '1.0', '1.00'],
  ['numeric(12, 2)[]', '{1.0}', '{1.01}'],
  ['double precision', '0', '-0'],
  ['interval', '1 day', '24:00:00'],
  ['citext', 'Anna', 'anna'],
  ['text collate blind', 'Anna', 'anna'],
  ['varchar(9) collate blind', 'Anna', 'anna'],
  ['text[] collate blind', '{Anna}', '{anna}'],
  ['text[]', '{a,b}', '{{a,b}}'],
  ['text[]', '{a,b}', '[0:1]={a,b}'],
  ['jsonb', '{"n": 1.0}', '{"n": 1.00}'],
  ['json', '{"n": 1}', '{"n":  1}'],
  ['char(3)', 'ab', 'ab '],
  ['bigint', '1', '4294967296'],
  ['bigint', '4294967297', '0'],
  ['timestamptz', '2026-01-01 00:00:00Z', '2026-01-01 01:11:34.967297Z'],
  ['timestamp', 'infinity', '-infinity'],
  ['inet', '10.0.0.1', '10.0.0.1/31'],
  ['mood', 'well', 'ill'],
  ['shouted', 'Anna', 'anna'],
  ['point', '(0,0)', '(0,-0)'],
  ['bytea', '\\x00', '\\x0000'],
])('two values of type %s are told apart where their texts are: %s and %s', async (type, one, other) => {
  const [, plainType, collation] = /^(.*?)( collate .*)?$/.exec(type)!;
  const query = (value: string): string =>
    `select 'a' as id, cast('${value}' as ${plainType})${collation ?? ''} as value`;
  const areTheSame = (await textOf(query(one))) === (await textOf(query(other)));
  expect((await checksumOf(query(one))) === (await checksumOf(query(other)))).toBe(areTheSame);
});

test('a role that may only select has the checksum computed, whatever its settings are', async () => {
  const sql = `select email as id, seen, seen::date as day from customers`;
  await database.owner.query(
    `create table customers as select 'a@shop.test' as email, timestamptz '2026-03-01 23:00:00Z' as seen`,
  );
  const checksum = await checksumOf(sql);
  const rights = `grant select on customers to $ROLE; alter role $ROLE set timezone = 'Asia/Kolkata'; alter role $ROLE set datestyle = 'SQL, DMY'`;
  await withRole(database, rights, async ({ url }) => {
    expect(await checksumOf(sql, { from: await database.open(url) })).toBe(checksum);
  });
});

test('a segment that is nothing but identifiers, and one without rows, have a checksum', async () => {
  expect(await checksumOf(`select 'a' as id`)).not.toBe(await checksumOf(`select 'b' as id`));
  expect(await checksumOf(`select 'a' as id where false`)).toBe(await checksumOf(`select 'b' as id where false`));
});

test('where the source cannot compute it, the segment can be read all the same', async () => {
  const sql = `select 'a' as id, acldefault('r', 10) as value, n from counted`; // aclitem has no binary form
  await database.owner.query('create table counted as select 1 as n');
  const fields = await describeSegment(source, { name: 'all', sql });
  const reading = await beginReading(source);
  expect(await segmentChecksum(reading, { sql, identifier: 'id', fields, seed: 7n })).toBeUndefined();
  const { rows } = extractSegment(reading, {
    sql,
    identifier: 'id',
    fields: fields.filter(({ name }) => name === 'n'),
  });
  for await (const piece of rows) expect(piece.toString()).toBe('a\t1\n');
});

test('a server that has no hash of rows is not asked', async () => {
  const reading = await beginReading(source);
  const segment = { sql: 'whatever it would refuse', identifier: 'id', fields: [], seed: 7n };
  expect(await segmentChecksum({ ...reading, serverVersion: 130_014 }, segment)).toBeUndefined();
  expect((await source.client.query('show transaction_isolation')).rows).toEqual([
    { transaction_isolation: 'repeatable read' },
  ]);
  await endReading(reading);
});

test('a source stops computing when nobody waits for it any more', async () => {
  const sql = `select 'a' as id, pg_sleep(60)::text as value`;
  const lost = await database.open();
  const computing = segmentChecksum(await beginReading(lost), {
    sql,
    identifier: 'id',
    fields: [{ name: 'value', type: 'text' }],
    seed: 7n,
  });
  const failure = expect(computing).rejects.toMatchObject({ code: 'SourceUnreachable' });
  const left = async (): Promise<number | null> =>
    (
      await database.owner.query(
        `select from pg_stat_activity where state = 'active' and query like '%pg_sleep(60)%' and pid <> pg_backend_pid()`,
      )
    ).rowCount;
  await expect.poll(left).toBe(1);
  breakConnection(lost);
  await failure;
  await expect.poll(left).toBe(0);
});
