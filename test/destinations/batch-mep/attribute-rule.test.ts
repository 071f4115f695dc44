import { describe, expect, test } from 'vitest';
import type { AttributeMapping } from '../../../src/activation/definitions.js';
import { attributeRule } from '../../../src/destinations/batch-mep/attribute-rule.js';
import { columnOf } from '../../sources/postgres/column.js';

function mapped(options: Partial<AttributeMapping> = {}): AttributeMapping {
  return { attribute: 'x', field: 'x', onTooLong: 'leave-out', onNotFinite: 'leave-out', onNull: 'clear', ...options };
}

/** What is sent for a text of a column: JSON, or the reason why not. */
function render(type: string, text: string | null, options: Partial<AttributeMapping> = {}): string {
  const rendered = attributeRule(mapped(options), columnOf(type)).render(text);
  return rendered.verdict === 'send' ? rendered.json : rendered.verdict;
}

describe('the request’s key says the type', () => {
  test.each([
    ['text', 'u.x'],
    ['bigint', 'u.x'],
    ['boolean', 'u.x'],
    ['date', 'date(u.x)'],
    ['timestamp with time zone', 'date(u.x)'],
    ['text[]', 'ut.x'],
  ])('%s is %s', (type, key) => {
    expect(attributeRule(mapped(), columnOf(type)).key).toBe(key);
  });

  test('a declared url is url(u.x)', () => {
    expect(attributeRule(mapped({ type: 'url' }), columnOf('text')).key).toBe('url(u.x)');
  });
});

describe.each(['text', 'character varying(64)', 'citext', 'shop.citext', 'name', 'uuid', 'enum'])('%s', (type) => {
  test.each([
    ["O'Brien", `"O'Brien"`],
    ['Zoë "李"\n\t\\', String.raw`"Zoë \"李\"\n\t\\"`],
    [' ', '" "'],
    ['', 'null'],
    ['x'.repeat(64), `"${'x'.repeat(64)}"`],
    ['x'.repeat(65), 'too_long'],
    ['😀'.repeat(32), `"${'😀'.repeat(32)}"`],
    ['😀'.repeat(33), 'too_long'],
  ])('%j is %s', (text, json) => {
    expect(render(type, text)).toBe(json);
  });
});

describe('strings that are too long', () => {
  test('are cut to 64 characters under onTooLong: truncate', () => {
    expect(render('text', 'x'.repeat(65), { onTooLong: 'truncate' })).toBe(`"${'x'.repeat(64)}"`);
  });

  test('are never cut within a surrogate pair', () => {
    expect(render('text', `${'x'.repeat(63)}😀`, { onTooLong: 'truncate' })).toBe(`"${'x'.repeat(63)}"`);
    expect(render('text', `${'x'.repeat(62)}😀y`, { onTooLong: 'truncate' })).toBe(`"${'x'.repeat(62)}😀"`);
  });

  test('clear the attribute under onTooLong: clear', () => {
    expect(render('text', 'x'.repeat(65), { onTooLong: 'clear' })).toBe('null');
  });
});

test('the blanks of a text are its own', () => {
  expect(render('text', 'ab ')).toBe('"ab "');
});

describe.each(['smallint', 'integer', 'bigint', 'numeric', 'numeric(20,2)', 'real', 'double precision'])(
  '%s',
  (type) => {
    test.each([
      ['0', '0'],
      ['-12', '-12'],
      ['1.00', '1.00'],
      ['0.1', '0.1'],
      ['1e-05', '1e-05'],
      ['1e+15', '1e+15'],
      ['9007199254740991', '9007199254740991'],
      ['-9007199254740991', '-9007199254740991'],
      ['9007199254740992', 'out_of_range'],
      ['-9007199254740992', 'out_of_range'],
      ['1e+16', 'out_of_range'],
      ['NaN', 'not_finite'],
      ['Infinity', 'not_finite'],
      ['-Infinity', 'not_finite'],
    ])('%s is %s', (text, json) => {
      expect(render(type, text)).toBe(json);
    });

    test('numbers beyond 2^53 are sent with all digits as type: string', () => {
      expect(attributeRule(mapped({ type: 'string' }), columnOf(type)).key).toBe('u.x');
      expect(render(type, '9223372036854775807', { type: 'string' })).toBe('"9223372036854775807"');
    });

    test('NaN is not sent as a string either', () => {
      expect(render(type, 'NaN', { type: 'string' })).toBe('not_finite');
    });

    test('infinite numbers clear the attribute under onNotFinite: clear', () => {
      expect(render(type, '-Infinity', { onNotFinite: 'clear' })).toBe('null');
      expect(render(type, 'NaN', { onNotFinite: 'clear', type: 'string' })).toBe('null');
      expect(render(type, '1e+300', { onNotFinite: 'clear' })).toBe('out_of_range');
    });
  },
);

test('booleans are true and false', () => {
  expect(render('boolean', 't')).toBe('true');
  expect(render('boolean', 'f')).toBe('false');
  expect(render('boolean', 't', { type: 'string' })).toBe('"true"');
  expect(render('boolean', 'f', { type: 'string' })).toBe('"false"');
});

describe.each(['date', 'timestamp without time zone', 'timestamp(3) with time zone'])('%s', (type) => {
  test.each([
    ['2026-03-01', '"2026-03-01T00:00:00"'],
    ['0001-01-01', '"0001-01-01T00:00:00"'],
    ['9999-12-31', '"9999-12-31T00:00:00"'],
    ['2026-03-01 09:30:00', '"2026-03-01T09:30:00"'],
    ['2026-03-01 09:30:00+00', '"2026-03-01T09:30:00"'],
    ['2026-03-01 09:30:59.999999', '"2026-03-01T09:30:59"'],
    ['2026-03-01 09:30:00.1+00', '"2026-03-01T09:30:00"'],
    ['infinity', 'bad_date'],
    ['-infinity', 'bad_date'],
    ['0044-03-15 BC', 'bad_date'],
    ['0044-03-15 12:00:00+00 BC', 'bad_date'],
    ['10000-01-01', 'bad_date'],
    ['10000-01-01 00:00:00+00', 'bad_date'],
  ])('%s is %s', (text, json) => {
    expect(render(type, text)).toBe(json);
  });

  test('as type: string it is what PostgreSQL writes', () => {
    expect(render(type, '2026-03-01 09:30:00.123+00', { type: 'string' })).toBe('"2026-03-01 09:30:00.123+00"');
  });
});

describe.each(['text[]', 'character varying(20)[]', 'citext[]', 'uuid[]', 'enum[]'])('%s', (type) => {
  test.each([
    ['{a,b}', '["a","b"]'],
    ['{a,"b c",NULL}', '["a","b c"]'],
    ['{"NULL",null,""}', '["NULL","null"]'],
    [String.raw`{"say \"hi\"","back\\slash","a,b","{c}"}`, String.raw`["say \"hi\"","back\\slash","a,b","{c}"]`],
    ['{{a,b},{c,d}}', '["a","b","c","d"]'],
    ['[2:3]={a,b}', '["a","b"]'],
    ['{"line\nbreak"}', String.raw`["line\nbreak"]`],
    ['{}', 'null'],
    ['{NULL,""}', 'null'],
    [`{${'x,'.repeat(49)}x}`, JSON.stringify(Array(50).fill('x'))],
    [`{${'x,'.repeat(50)}x}`, 'too_many_items'],
    [`{${'x,'.repeat(49)}x,NULL,""}`, JSON.stringify(Array(50).fill('x'))],
    [`{${'x'.repeat(64)}}`, `["${'x'.repeat(64)}"]`],
    [`{a,${'x'.repeat(65)}}`, 'too_long'],
  ])('%s is %s', (text, json) => {
    expect(render(type, text)).toBe(json);
  });

  test('items that are too long follow onTooLong', () => {
    const text = `{a,${'x'.repeat(65)}}`;
    expect(render(type, text, { onTooLong: 'truncate' })).toBe(`["a","${'x'.repeat(64)}"]`);
    expect(render(type, text, { onTooLong: 'clear' })).toBe('null');
  });
});

describe('type: url', () => {
  test.each([
    ['https://example.com', '"https://example.com"'],
    ['app+x://open/page?a=1#b', '"app+x://open/page?a=1#b"'],
    ['https://exämple.com/é', '"https://exämple.com/é"'],
    ['', 'null'],
    ['example.com', 'bad_url'],
    ['/path', 'bad_url'],
    ['mailto:a@b.c', 'bad_url'],
    ['https:///path', 'bad_url'],
    ['https://exam ple.com', 'bad_url'],
    ['https://example.com/a b', 'bad_url'],
    [' https://example.com', 'bad_url'],
    ['https://example.com:port/', 'bad_url'],
    [`https://example.com/${'x'.repeat(2028)}`, `"https://example.com/${'x'.repeat(2028)}"`],
    [`https://example.com/${'x'.repeat(2029)}`, 'too_long'],
  ])('%s is %s', (text, json) => {
    expect(render('text', text, { type: 'url' })).toBe(json);
  });

  test('an address that is too long clears the attribute under onTooLong: clear', () => {
    expect(render('text', `https://example.com/${'x'.repeat(2029)}`, { type: 'url', onTooLong: 'clear' })).toBe('null');
  });

  test('cannot be truncated', () => {
    expect(() => attributeRule(mapped({ type: 'url', onTooLong: 'truncate' }), columnOf('text'))).toThrow(
      'Attribute "x" is a url: with onTooLong: truncate contacts would get broken addresses.',
    );
  });
});

test.each(['text', 'bigint', 'boolean', 'date', 'text[]'])('null of %s clears, or is skipped', (type) => {
  expect(render(type, null)).toBe('null');
  expect(render(type, null, { onNull: 'skip' })).toBe('skip');
});

test('onNull: skip is about null only: an empty string and an empty array still clear', () => {
  expect(render('text', '', { onNull: 'skip' })).toBe('null');
  expect(render('text[]', '{NULL}', { onNull: 'skip' })).toBe('null');
});

describe('the rendering', () => {
  const rendering = (type: string, options: Partial<AttributeMapping> = {}) =>
    attributeRule(mapped(options), columnOf(type)).rendering;

  test('names type, policies and version', () => {
    expect(rendering('text')).toBe('batch-mep/1 string onNull=clear onTooLong=leave-out');
    expect(rendering('date', { onNull: 'skip' })).toBe('batch-mep/1 date onNull=skip');
  });

  test('changes with a policy that plays a part, and not with another', () => {
    expect(rendering('text', { onTooLong: 'clear' })).not.toBe(rendering('text'));
    expect(rendering('text', { onNotFinite: 'clear' })).toBe(rendering('text'));
    expect(rendering('real', { onNotFinite: 'clear' })).not.toBe(rendering('real'));
    expect(rendering('real', { onTooLong: 'clear' })).toBe(rendering('real'));
  });

  test('changes with the declared type', () => {
    expect(rendering('bigint', { type: 'string' })).not.toBe(rendering('bigint'));
    expect(rendering('bigint', { type: 'number' })).toBe(rendering('bigint'));
  });
});
