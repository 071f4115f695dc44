import { buffer } from 'node:stream/consumers';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Verdict } from '../../../src/activation/rendering.js';
import { checkAccess } from '../../../src/delivery/check-access.js';
import { KeptDestinations } from '../../../src/delivery/kept-destinations.js';
import { batchMepDefinition } from '../../support/batch-mep.js';
import { startBatchStandIn, type BatchStandIn } from '../../../src/dev/stand-ins/batch-mep/server.js';
import { freshDatabase, type FreshDatabase } from '../../support/stack.js';
import { readAs } from '../../../src/sources/postgres/column-kind.js';
import { columnOf } from '../../sources/postgres/column.js';

let database: FreshDatabase;
let source: pg.Client;
let batch: BatchStandIn;
let destinations: KeptDestinations;

beforeAll(async () => {
  database = await freshDatabase();
  source = new pg.Client({ connectionString: database.url });
  await source.connect();
  await source.query("set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set extra_float_digits = 1");
  batch = await startBatchStandIn({ restKey: 'rest', apps: { key: { contacts: ['c'] } } });
  destinations = new KeptDestinations(environmentWith('key'));
});

afterAll(async () => {
  await destinations.close();
  await batch.close();
  await source.end();
  await database.drop();
});

const environmentWith = (key: string) => ({
  values: new Map(Object.entries({ REST_KEY: 'rest', KEY: key })),
  lookedIn: 'the environment',
});
const definition = () => batchMepDefinition({ url: batch.url, apiKeys: { app: '${KEY}' } });

/** Type, SQL literal, and what Batch holds after it, or the verdict when it is not sent. Null: no such attribute. */
const cases: [type: string, literal: string, held: unknown, verdict?: Verdict][] = [
  ['text', `E'Zo\\u00eb "O''Brien"\\n\\t\\\\ \\u674e'`, 'Zoë "O\'Brien"\n\t\\ 李'],
  ['text', `repeat('x', 64)`, 'x'.repeat(64)],
  ['text', `repeat('x', 65)`, null, 'too_long'],
  ['text', `''`, null],
  ['text', `null`, null],
  ['text', `'\\N'`, '\\N'],
  ['character varying(64)', `'a'`, 'a'],
  ['character(10)', `'a'`, 'a'],
  ['uuid', `'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'`, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  ['smallint', `-7`, -7],
  ['integer', `2147483647`, 2147483647],
  ['bigint', `9007199254740991`, 9007199254740991],
  ['bigint', `9007199254740992`, null, 'out_of_range'],
  ['numeric(10,2)', `1`, 1],
  ['numeric', `-0.000000000000000000000000000001`, -1e-30],
  ['numeric', `'NaN'`, null, 'not_finite'],
  ['numeric', `'-Infinity'`, null, 'not_finite'],
  ['numeric', `1e20`, null, 'out_of_range'],
  ['real', `0.1`, 0.1],
  ['real', `1e-20`, 1e-20],
  ['double precision', `0.1::float8 + 0.2::float8`, 0.30000000000000004],
  ['double precision', `'-0'`, 0],
  ['double precision', `5e-324`, 5e-324],
  ['double precision', `1e300`, null, 'out_of_range'],
  ['double precision', `'Infinity'`, null, 'not_finite'],
  ['boolean', `true`, true],
  ['boolean', `false`, false],
  ['date', `'2024-02-29'`, '2024-02-29T00:00:00'],
  ['date', `'0001-01-01'`, '0001-01-01T00:00:00'],
  ['date', `'10000-01-01'`, null, 'bad_date'],
  ['date', `'infinity'`, null, 'bad_date'],
  ['date', `'0044-03-15 BC'`, null, 'bad_date'],
  ['timestamp without time zone', `'2026-03-01 09:30'`, '2026-03-01T09:30:00'],
  ['timestamp without time zone', `'2026-03-01 23:59:59.9999996'`, '2026-03-02T00:00:00'],
  ['timestamp(3) with time zone', `'2026-03-01 09:30:00.123+02'`, '2026-03-01T07:30:00'],
  ['timestamp with time zone', `'9999-12-31 23:59:59.999999+00'`, '9999-12-31T23:59:59'],
  ['timestamp with time zone', `'9999-12-31 23:59:59-01'`, null, 'bad_date'],
  ['timestamp with time zone', `'-infinity'`, null, 'bad_date'],
  ['text[]', `array['a', 'b c', '', null, 'NULL', E'q"\\\\,{}\\n\\t']`, ['a', 'b c', 'NULL', 'q"\\,{}\n\t']],
  ['text[]', `array[array['a'], array['b']]`, ['a', 'b']],
  ['text[]', `'[5:6]={a,b}'`, ['a', 'b']],
  ['text[]', `'{}'`, null],
  ['text[]', `array_fill('x'::text, array[51])`, null, 'too_many_items'],
  ['character(3)[]', `array['a', 'abc']`, ['a', 'abc']],
];

test('values of every type arrive at Batch as they stand in PostgreSQL', async () => {
  const columns = cases.map(([type, literal], i) => `(${literal})::${type} as c${i}`);
  await source.query(`create temp table segment as select 'c'::text as id, ${columns.join(', ')}`);
  const { rows: types } = await source.query<{ type: string }>(
    `select format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = 'segment'::regclass and attnum > 1 order by attnum`,
  );
  const read = ['id', ...types.map(({ type }, i) => readAs(`c${i}`, type))];
  const line = await buffer(source.query(copyTo(`copy (select ${read.join(', ')} from segment) to stdout`)));
  const { destination, send } = destinations.reach(definition());
  const rules = types.map(({ type }, i) =>
    destination.attributes.rule(
      { attribute: `c${i}`, field: `c${i}`, onTooLong: 'leave-out', onNotFinite: 'leave-out', onNull: 'clear' },
      columnOf(type),
    ),
  );

  let start = line.indexOf('\t') + 1;
  const verdicts = rules.map((rule) => {
    const tab = line.indexOf('\t', start);
    const end = tab < 0 ? line.length - 1 : tab;
    const verdict = rule.classify(line, start, end);
    start = end + 1;
    return verdict;
  });
  expect(verdicts).toEqual(cases.map(([, , , verdict]) => verdict ?? 'send'));

  const row = {
    data: line,
    lineStart: (number: number) => (number === 0 ? 0 : line.length),
    carries: (_: number, column: number) => verdicts[column] === 'send',
    isNew: () => true,
  };
  const sending = { target: destination.targets[0]!, rules, rows: row, from: 0, to: 1, key: '1', activation: 'all' };
  const call = destination.call(sending);
  const answer = await send({ ...call, body: call.body.bytes });
  expect('unanswered' in answer || destination.judge(sending, answer)).toEqual({ kind: 'taken' });
  await fetch(`${batch.url}/__inspect/settled`, { method: 'POST' });
  const contact = await fetch(`${batch.url}/__inspect/contact?apiKey=key&id=c`);
  const { values } = (await contact.json()) as { values: Record<string, unknown> };
  expect(rules.map(({ key }) => values[key] ?? null)).toEqual(cases.map(([, , held]) => held));
});

test('access is checked without an effect', async () => {
  expect(await checkAccess(definition(), environmentWith('key'))).toEqual([]);
  expect(await checkAccess(definition(), environmentWith('other'))).toMatchObject([
    { code: 'DestinationUnauthorized' },
  ]);
});
