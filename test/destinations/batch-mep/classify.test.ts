import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeField, encodeField } from '../../../src/lines/format.js';
import type { AttributeMapping } from '../../../src/activation/definitions.js';
import { attributeRule } from '../../../src/destinations/batch-mep/attribute-rule.js';
import { BodyWriter } from '../../../src/destinations/kit/values/body-writer.js';
import { columnOf } from '../../sources/postgres/column.js';

const columns: [string, AttributeMapping['type'][]][] = [
  ['text', ['string', 'url']],
  ['numeric', ['number', 'string']],
  ['boolean', ['boolean', 'string']],
  ['timestamp with time zone', ['date', 'string']],
  ['text[]', ['tags']],
];

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 150 }),
  fc.stringMatching(/^[ \\\n\tx😀]{60,70}$/u),
  fc.constantFrom(
    't',
    'f',
    'NaN',
    'Infinity',
    '-Infinity',
    'infinity',
    '-infinity',
    '\\N',
    'N',
    '',
    '-',
    '.',
    '0',
    '-0',
  ),
  fc.stringMatching(/^-?[0-9]{0,18}(\.[0-9]{0,3})?(e[+-][0-9]{1,3})?$/),
  fc.stringMatching(/^-?[0-9.]{1,16}$/),
  fc.stringMatching(/^-?9[0-9]{13,16}$/),
  fc.stringMatching(/^\{x{60,70}(,a)?\}$/),
  fc.stringMatching(/^[0-9]{4,5}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{0,6})?(\+0[0-2])?)?( BC)?$/),
  fc
    .array(fc.string({ maxLength: 70 }), { maxLength: 60 })
    .map((tags) => `{${tags.map((t) => JSON.stringify(t)).join()}}`),
  fc.stringMatching(/^\{("?[a-z {}N]{0,6}"?,){0,4}[a-z]{0,3}\}$/),
  fc
    .array(fc.constantFrom('a', 'NULL', '""', '"\\""', 'x'.repeat(63)), { maxLength: 60 })
    .map((tags) => `{${tags.join()}}`),
  fc.webUrl().map((url) => `${url}/${'x'.repeat(10)}`),
  fc.integer({ min: 2000, max: 2060 }).map((length) => `https://a.b/${'x'.repeat(length)}`),
);

const mapping = fc.record<AttributeMapping>({
  attribute: fc.constant('x'),
  field: fc.constant('x'),
  onTooLong: fc.constantFrom('leave-out', 'truncate', 'clear'),
  onNotFinite: fc.constantFrom('leave-out', 'clear'),
  onNull: fc.constantFrom('clear', 'skip'),
});

for (const [type, declarations] of columns) {
  for (const declared of declarations) {
    test(`the verdict on a field of ${type} as ${declared!} is that of its rendering, and its bytes make the same JSON`, () => {
      fc.assert(
        fc.property(mapping, fc.option(text, { freq: 20 }), (policies, value) => {
          const usable = declared === 'url' && policies.onTooLong === 'truncate' ? 'clear' : policies.onTooLong;
          const rule = attributeRule({ ...policies, onTooLong: usable, type: declared! }, columnOf(type));
          const field = Buffer.from(encodeField(value));
          const line = Buffer.concat([Buffer.from('0\t'), field, Buffer.from('\t0')]);
          const end = 2 + field.length;
          expect(decodeField(line, 2, end)).toBe(value);
          const rendered = rule.render(value);
          expect(rule.classify(line, 2, end)).toBe(rendered.verdict);
          expect(rendered.verdict === 'send' ? [-1, end] : [-1]).toContain(rule.endIfSent(line, 2));
          if (rendered.verdict !== 'send') return;
          JSON.parse(rendered.json);
          if (rule.endIfSent(line, 2) !== end) return;
          const body = new BodyWriter();
          if (rule.writeJson(line, 2, end, body)) expect(body.written().toString()).toBe(rendered.json);
          else expect(body.length).toBe(0);
        }),
        { numRuns: 1000 },
      );
    });
  }
}
