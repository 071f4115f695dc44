import { expect, test } from 'vitest';
import { encodeField } from '../../../src/lines/format.js';
import { identifierFault, identifierFieldFault } from '../../../src/destinations/batch-mep/identifiers.js';

/** As a text and as a field of a line, which must agree. */
function faultOf(identifier: string) {
  const line = Buffer.from(`a\t${encodeField(identifier)}\tz`);
  const fault = identifierFault(identifier);
  expect(identifierFieldFault(line, 2, line.length - 2)).toBe(fault);
  return fault;
}

test.each(['jane@example.com', '0', ' ', 'nulls', 'truename', 'x'.repeat(512), '李', '李'.repeat(512), 'a\tb', '\\N'])(
  '%s is an identifier',
  (id) => {
    expect(faultOf(id)).toBeUndefined();
  },
);

test('an empty identifier is none', () => {
  expect(faultOf('')).toBe('empty_identifier');
});

test('513 characters are too many', () => {
  expect(faultOf('x'.repeat(513))).toBe('identifier_too_long');
});

test.each(['undefined', 'NULL', 'nil', '(null)', '[object Object]', 'True', 'FALSE', 'NaN', 'Infinity', '-Infinity'])(
  '%s is reserved',
  (id) => {
    expect(faultOf(id)).toBe('identifier_reserved');
  },
);
