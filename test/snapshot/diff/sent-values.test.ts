import { expect, test } from 'vitest';
import { addColumn, maskBytes } from '../../../src/lines/column-mask.js';
import { hashOfSentValues } from '../../../src/snapshot/diff/sent-values.js';
import { type Contact, linesOf, nameAndTier, ruleOf, type TestAttribute } from '../diff-fixture.js';

/** Of a contact that is sent these columns; default: all. */
function hashOf(contact: Contact, attributes: readonly TestAttribute[] = nameAndTier, columns = [0, 1]): string {
  const line = linesOf([contact]);
  const mask = Buffer.alloc(maskBytes(attributes.length));
  for (const column of columns) addColumn(mask, 0, column);
  return hashOfSentValues(attributes.map(ruleOf), line, 0, line.length, mask).toString('hex');
}

const ann = hashOf(['a', 'Ann', 'gold']);

test.each<[string, string]>([
  ['the value of another attribute', hashOf(['a', 'gold', 'Ann'])],
  ['another value', hashOf(['a', 'Ann', 'silver'])],
  ['an attribute less', hashOf(['a', 'Ann', 'gold'], nameAndTier, [0])],
  ['null for a text', hashOf(['a', 'Ann', null])],
  ['a text that reads like what it is split into', hashOf(['a', 'Ann"],["u.tier","\\"gold\\"', 'gold'])],
  [
    'the same text of another type',
    hashOf(['a', 'Ann', 'gold'], [nameAndTier[0]!, { ...nameAndTier[1]!, column: 'text[]' }]),
  ],
])('%s is another content', (_, hash) => {
  expect(hash).not.toBe(ann);
});

test('what is not sent makes no difference: other columns, the identifier, or how the source writes a value', () => {
  expect(hashOf(['b', 'Ann', 'gold'])).toBe(ann);
  expect(hashOf(['a', 'Ann', 'gold'], nameAndTier, [0])).toBe(hashOf(['a', 'Ann', 'silver'], nameAndTier, [0]));
  expect(hashOf(['a', '', 'gold'])).toBe(hashOf(['a', null, 'gold']));
});

test('identifiers and values with escapes are told apart', () => {
  expect(hashOf(['a\tb', 'Ann', 'gold'])).toBe(ann);
  expect(hashOf(['a', 'Ann\tx', 'gold'])).not.toBe(hashOf(['a', 'Ann\nx', 'gold']));
});
