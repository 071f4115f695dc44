import { expect, test } from 'vitest';
import type { AttributeMapping } from '../../../src/activation/definitions.js';
import { OutflowError } from '../../../src/activation/errors.js';
import { attributeRule } from '../../../src/destinations/batch-mep/attribute-rule.js';
import { columnOf } from '../../sources/postgres/column.js';

function fault(type: string, declared?: string, field = 'prefs') {
  const mapping: AttributeMapping = {
    attribute: 'x',
    field,
    onTooLong: 'leave-out',
    onNotFinite: 'leave-out',
    onNull: 'clear',
    ...(declared && { type: declared }),
  };
  try {
    attributeRule(mapping, columnOf(type, field));
  } catch (error) {
    if (error instanceof OutflowError) return error.report();
    throw error;
  }
  throw new Error(`${type} was accepted`);
}

test('a type that Batch has no place for is named with its column and a cast', () => {
  expect(fault('jsonb')).toMatchObject({
    code: 'SegmentInvalid',
    message: 'Column "prefs" is of type jsonb, which cannot be sent to Batch.',
    remedy: "Convert it in the segment, for example: prefs->>'key', or prefs::text.",
  });
});

test.each([
  ['json', "prefs->>'key', or prefs::text"],
  ['bytea', "encode(prefs, 'hex')"],
  ['interval', 'extract(epoch from prefs), or prefs::text'],
  ['interval day to second(3)', 'extract(epoch from prefs), or prefs::text'],
  ['money', 'prefs::numeric'],
  ['time without time zone', 'prefs::text'],
  ['inet', 'prefs::text'],
  ['point', 'prefs::text'],
  ['integer[]', 'prefs::text[]'],
  ['jsonb[]', 'prefs::text[]'],
  ['public.mood', 'prefs::text'],
])('%s is refused, with the conversion %s', (type, conversion) => {
  expect(fault(type)).toMatchObject({
    code: 'SegmentInvalid',
    remedy: `Convert it in the segment, for example: ${conversion}.`,
  });
});

test.each<[string, string, string]>([
  ['text', 'number', 'prefs::numeric'],
  ['text', 'boolean', 'prefs::boolean'],
  ['character(8)', 'date', 'prefs::timestamptz'],
  ['text', 'tags', "string_to_array(prefs, ',')"],
  ['bigint', 'date', 'to_timestamp(prefs)'],
  ['bigint', 'url', 'prefs::text'],
  ['boolean', 'number', 'prefs::integer'],
  ['date', 'boolean', 'an expression that gives true or false'],
  ['text[]', 'date', 'an expression that gives a date or a timestamp'],
  ['date', 'tags', 'an expression that gives a list of texts'],
  ['text[]', 'string', "array_to_string(prefs, ',')"],
])('%s is not sent as %s', (type, declared, conversion) => {
  expect(fault(type, declared)).toMatchObject({
    code: 'SegmentInvalid',
    message: `Column "prefs" is of type ${type}, which cannot be sent as ${declared} (attribute "x").`,
    remedy: `Convert it in the segment, for example: ${conversion}; or declare another type.`,
  });
});
