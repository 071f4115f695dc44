import { expect, test } from 'vitest';
import { encodeField } from '../../../src/lines/format.js';
import type { AttributeMapping } from '../../../src/activation/definitions.js';
import { attributeRule } from '../../../src/destinations/batch-mep/attribute-rule.js';
import type { BodyRule } from '../../../src/destinations/kit/body-rule.js';
import { buildBody } from '../../../src/destinations/batch-mep/body.js';
import { columnOf } from '../../sources/postgres/column.js';

function rule(attribute: string, type: string, options: Partial<AttributeMapping> = {}) {
  const mapping = {
    attribute,
    field: attribute,
    onTooLong: 'leave-out',
    onNotFinite: 'leave-out',
    onNull: 'clear',
  } as const;
  return attributeRule({ ...mapping, ...options }, columnOf(type));
}

interface Change {
  fields: (string | null)[];
  carries: (column: number) => boolean;
}

function change(fields: (string | null)[], carries: (column: number) => boolean = () => true): Change {
  return { fields, carries };
}

function bodyOf(ofRules: readonly BodyRule[], changes: Change[]): Buffer {
  const lines = changes.map(({ fields }) => Buffer.from(`${fields.map(encodeField).join('\t')}\n`));
  const rows = {
    data: Buffer.concat(lines),
    lineStart: (row: number) => lines.slice(0, row).reduce((bytes, line) => bytes + line.length, 0),
    carries: (row: number, column: number) => changes[row]!.carries(column),
    isNew: () => true,
  };
  return buildBody({ rules: ofRules, rows, from: 0, to: changes.length }).bytes;
}

const rules = [
  rule('first_name', 'text'),
  rule('ltv', 'numeric(12,2)'),
  rule('opted_in', 'boolean'),
  rule('last_order_at', 'timestamp with time zone'),
  rule('tags', 'text[]'),
  rule('website', 'text', { type: 'url' }),
];

test('a body is the array of updates that Batch documents', () => {
  const body = bodyOf(rules, [
    change(['zoë@example.com', 'Zoë\t"李"', '1.00', 't', '2026-03-01 09:30:00+00', '{a,"b c"}', 'https://a.b']),
    change(['O\\Brien', null, '-3', 'f', null, '{}', '']),
  ]);
  expect(body.toString()).toBe(
    '[{"id":"zoë@example.com","update":{"overwrite":false,"values":{' +
      '"u.first_name":"Zoë\\t\\"李\\"","u.ltv":1.00,"u.opted_in":true,"date(u.last_order_at)":"2026-03-01T09:30:00",' +
      '"ut.tags":["a","b c"],"url(u.website)":"https://a.b"}}},' +
      '{"id":"O\\\\Brien","update":{"overwrite":false,"values":{' +
      '"u.first_name":null,"u.ltv":-3,"u.opted_in":false,"date(u.last_order_at)":null,"ut.tags":null,"url(u.website)":null}}}]',
  );
});

test('only the attributes that a row carries are sent', () => {
  const body = bodyOf(rules, [
    change(['a', 'x', 'NaN', 't', 'infinity', '{}', ''], (column) => column === 2),
    change(['b', 'x', '5', 't', 'infinity', '{}', ''], (column) => column < 2),
  ]);
  expect(JSON.parse(body.toString())).toEqual([
    { id: 'a', update: { overwrite: false, values: { 'u.opted_in': true } } },
    { id: 'b', update: { overwrite: false, values: { 'u.first_name': 'x', 'u.ltv': 5 } } },
  ]);
});

test('a large body holds every contact whole, whatever the length of its characters', () => {
  const names = Array.from({ length: 5_000 }, (_, i) => ['é', '李', '😀', 'a'][i % 4]!.repeat(1 + (i % 30)));
  const body = bodyOf(
    rules,
    names.map((name, i) => change([String(i), name], (column) => column === 0)),
  );
  expect(JSON.parse(body.toString())).toEqual(
    names.map((name, i) => ({ id: String(i), update: { overwrite: false, values: { 'u.first_name': name } } })),
  );
});

test('values whose JSON is longer than their text have room, wherever a body grows', () => {
  const fields = ['2026-03-01', 't', 'f', '{a,b,c,d,e,f,g,h}', '7', 'x'];
  const types = ['date', 'boolean', 'boolean', 'text[]', 'integer', 'text'];
  const columns = types.map((type, i) => rule(`c${i}`, type));
  const body = bodyOf(
    columns,
    Array.from({ length: 3_000 }, (_, i) => change([String(i), ...fields])),
  );
  const values = {
    'date(u.c0)': '2026-03-01T00:00:00',
    'u.c1': true,
    'u.c2': false,
    'ut.c3': ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'],
    'u.c4': 7,
    'u.c5': 'x',
  };
  expect(JSON.parse(body.toString())).toEqual(
    Array.from({ length: 3_000 }, (_, i) => ({ id: String(i), update: { overwrite: false, values } })),
  );
});

test('no rows make an empty array', () => {
  expect(bodyOf(rules, []).toString()).toBe('[]');
});

test('a carried value that cannot be sent is a fault, whose text does not hold the value', () => {
  const row = change(['a', 'x'.repeat(65), '5', 't', null, null, null]);
  expect(() => bodyOf(rules, [row])).toThrow(/^A row of a chunk carries u\.first_name, which is not to be sent$/);
});

test('a row without an identifier is a fault', () => {
  expect(() => bodyOf([], [change([null])])).toThrow('A row of a chunk has no identifier');
});
