import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeField } from '../../src/lines/format.js';
import { compareLineKey, compareLineKeys, keyOf } from '../../src/lines/keys.js';

/** Few different characters, so that many keys begin alike: bytes around the tab, what COPY escapes, and long ones. */
const key = fc.string({
  unit: fc.constantFrom('a', 'b', '\u0001', '\b', '\t', '\n', '\u000b', '\u000e', '\\', 'N', 'é', '\uff21', '😀'),
  minLength: 1,
  maxLength: 5,
});
const fields = fc.constantFrom('', '\tx', '\t\t', '\t\\N');

test('keys are in the order of their own bytes, whatever COPY escapes in them and whatever follows them', () => {
  fc.assert(
    fc.property(key, fields, key, fields, (a, aFields, b, bFields) => {
      const lines = Buffer.from(`${encodeField(a)}${aFields}\n${encodeField(b)}${bFields}\n`);
      const bStart = Buffer.byteLength(`${encodeField(a)}${aFields}\n`);
      const order = Math.sign(Buffer.from(a).compare(Buffer.from(b)));
      expect(Math.sign(compareLineKeys(lines, 0, lines, bStart))).toBe(order);
      expect(Math.sign(compareLineKey(lines, 0, keyOf(lines, bStart)))).toBe(order);
      expect(keyOf(lines, bStart).toString()).toBe(b);
    }),
    { numRuns: 20_000 },
  );
});
