import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyIn, copyOut, int4, int4Array, int8, jsonb, text } from '../../src/copy/binary-copy.js';
import type { WireField } from '../../src/copy/binary-rows.js';
import { sourceDatabase, type SourceDatabase } from '../sources/postgres/source-database.js';

let database: SourceDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await sourceDatabase();
  client = (await database.open()).client;
});
afterAll(() => database.drop());

async function read(query: string): Promise<WireField[][]> {
  const rows: WireField[][] = [];
  for await (const row of copyOut(client, query)) rows.push(row);
  return rows;
}

test('bytes of every kind come back as they went in, and null is not empty', async () => {
  await client.query('create table bytes (n int, data bytea)');
  const everyByte = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const fields = [everyByte, Buffer.alloc(0), null];
  const rows = fields.map((field, n) => [int4(n), field]);
  await copyIn(client, 'bytes', rows);
  expect(await read('select data from bytes order by n')).toEqual(fields.map((field) => [field]));
  const seen = await client.query<{ hex: string }>(`select encode(data, 'hex') as hex from bytes where n = 0`);
  expect(seen.rows[0]!.hex).toBe(everyByte.toString('hex'));
});

test('a field of megabytes comes back whole', async () => {
  await client.query('create table large (data bytea)');
  const data = Buffer.alloc(3_000_000, 'not the same in every place, ');
  await copyIn(client, 'large', [[data]]);
  const [row] = await read('select data from large');
  expect(row![0]!.equals(data)).toBe(true);
});

test('numbers, texts, arrays and JSON are those that the server reads', async () => {
  await client.query('create table things (small int, big bigint, words text, numbers int[], doc jsonb)');
  await copyIn(client, 'things', [
    [
      int4(-2_147_483_648),
      int8(Number.MAX_SAFE_INTEGER),
      text('Zoë 😀\t\\N'),
      int4Array([1, -2, 3]),
      jsonb({ a: ['ü'] }),
    ],
    [int4(2_147_483_647), int8(-1), text(''), int4Array([]), jsonb([])],
    [null, null, null, null, null],
  ]);
  const { rows } = await client.query('select * from things');
  expect(rows).toEqual([
    { small: -2_147_483_648, big: '9007199254740991', words: 'Zoë 😀\t\\N', numbers: [1, -2, 3], doc: { a: ['ü'] } },
    { small: 2_147_483_647, big: '-1', words: '', numbers: [], doc: [] },
    { small: null, big: null, words: null, numbers: null, doc: null },
  ]);
});

test('rows are read one by one, however many', async () => {
  let [rows, sum] = [0, 0];
  for await (const [n] of copyOut(client, 'select n from generate_series(1, 50000) n')) {
    rows++;
    sum += n!.readInt32BE();
  }
  expect({ rows, sum }).toEqual({ rows: 50_000, sum: (50_000 * 50_001) / 2 });
});

test('no rows are no rows, in and out', async () => {
  await client.query('create table nothing (n int)');
  await copyIn(client, 'nothing', []);
  expect(await read('select n from nothing')).toEqual([]);
});

test('a connection serves on after a copy that the server refused', async () => {
  await client.query('create table small (n int primary key)');
  await expect(copyIn(client, 'small', [[int4(1)], [int4(1)]])).rejects.toThrow('duplicate key value');
  await expect(read('select 1 / (random() * 0)::int')).rejects.toThrow('division by zero');
  expect(await read('select n from small')).toEqual([]);
});

test('rows that cannot be made leave nothing behind', async () => {
  await client.query('create table whole (n int)');
  function* breaking(): Generator<WireField[]> {
    yield [int4(1)];
    throw new Error('no more rows');
  }
  await expect(copyIn(client, 'whole', breaking())).rejects.toThrow('no more rows');
  await expect.poll(() => read('select n from whole')).toEqual([]);
});
