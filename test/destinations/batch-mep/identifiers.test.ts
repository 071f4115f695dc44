import { expect, test } from 'vitest';
import { identifierFault } from '../../../src/destinations/batch-mep/identifiers.js';

test.each(['jane@example.com', '0', ' ', 'nulls', 'truename', 'x'.repeat(512), '李'])('%s is an identifier', (id) => {
  expect(identifierFault(Buffer.from(id))).toBeUndefined();
});

test('an empty identifier is none', () => {
  expect(identifierFault(Buffer.from(''))).toBe('empty_identifier');
});

test('513 characters are too many', () => {
  expect(identifierFault(Buffer.from('x'.repeat(513)))).toBe('identifier_too_long');
});

test.each(['undefined', 'NULL', 'nil', '(null)', '[object Object]', 'True', 'FALSE', 'NaN', 'Infinity', '-Infinity'])(
  '%s is reserved',
  (id) => {
    expect(identifierFault(Buffer.from(id))).toBe('identifier_reserved');
  },
);
