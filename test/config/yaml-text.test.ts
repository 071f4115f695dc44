import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/config/faults.js';
import { activation, errorOf, faultsOf, parsed, written } from './written.js';
import { parseDefinitions } from '../../src/config/parse-definitions.js';

describe('a file that is not YAML', () => {
  test('is refused with the line and without a word of its content', () => {
    const text = written({ destination: '{ type: batch-mep, restKey: "hunter2"sesame, apiKeys: {} }' });
    expect(faultsOf(text)).toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:6 is not YAML: unexpected scalar at node end. Check the indentation and the quotes around here; a text that begins with * or a \${VAR} inside { } needs double quotes."
    `);
    expect(faultsOf(text)).not.toMatch(/hunter2|sesame/);
  });

  test('is refused for an escape without quoting it', () => {
    expect(faultsOf('a: "hunter\\q2"')).toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:1 is not YAML: a backslash in double quotes begins no known escape. Check the indentation and the quotes around here; a text that begins with * or a \${VAR} inside { } needs double quotes."
    `);
  });

  test('is told that an unquoted * begins an alias', () => {
    expect(faultsOf(written({ activation: activation(', schedule: { cron: */15 * * * * }') }))).toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:8 is not YAML: unexpected alias at node end. Check the indentation and the quotes around here; a text that begins with * or a \${VAR} inside { } needs double quotes."
    `);
    expect(faultsOf(written({ activation: activation(', schedule: { every: *often }') }))).toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:8 activations.loyalty.schedule.every: is an alias (*...) of nothing. Put a text that begins with * in double quotes."
    `);
  });
});

test('an alias of an anchor is followed, and its faults have the line of the place that uses it', () => {
  const source = '&db { type: postgres, url: "${WAREHOUSE_URL}" }\n  copy: *db';
  expect(parsed(written({ source })).sources.copy).toEqual({
    name: 'copy',
    type: 'postgres',
    settings: { url: '${WAREHOUSE_URL}' },
    concurrentReads: 4,
  });
  expect(faultsOf(written({ source: source.replace('type', 'typ') }))).toMatchInlineSnapshot(`
    "outflow.yaml has 4 faults:
    outflow.yaml:2 sources.warehouse.type: is missing. Write type: postgres.
    outflow.yaml:2 sources.warehouse.typ: is not known here. Did you mean type?
    outflow.yaml:2 sources.copy.typ: is not known here. Did you mean type?
    outflow.yaml:3 sources.copy.type: is missing. Write type: postgres."
  `);
});

test('an anchor may have any number of aliases', () => {
  const copies = Array.from({ length: 200 }, (_, i) => `\n  copy-${i}: *entry`).join('');
  const { sources } = parsed(written({ source: `&entry { type: postgres, url: "\${WAREHOUSE_URL}" }${copies}` }));
  expect(Object.keys(sources)).toHaveLength(201);
});

describe('what cannot be read to its end is a fault with its line and a remedy', () => {
  test('aliases of aliases that grow beyond measure', () => {
    const levels = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`);
    expect(faultsOf(['a0: &a0 [x, x, x]', ...levels].join('\n'))).toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:7 a6[2]: makes the file, with its aliases written out, one of more than 1000000 entries. Use fewer aliases of aliases."
    `);
  });

  test('an alias of what it stands in', () => {
    expect(faultsOf('sources: &all\n  warehouse: *all')).toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:2 sources.warehouse: is an alias (*...) of something that it is a part of. Write out what is meant, or move the anchor."
    `);
    expect(faultsOf('sources: &all\n  - [x, *all]')).toContain('outflow.yaml:2 sources[0][1]: is an alias');
  });

  test('a file that is nested too deeply', () => {
    expect(faultsOf(`sources:\n${'['.repeat(2_000)}${']'.repeat(2_000)}`)).toMatch(
      /^outflow\.yaml has \d faults?:\n.*outflow\.yaml:2 is not YAML: it is nested too deeply\. Check/s,
    );
  });

  test('keys that are lists, maps or aliases', () => {
    for (const key of ['[a, b]', '{ a: b }', '*name '])
      expect(faultsOf(`sources: {}\nsegments: { x: &name y }\n? ${key}\n: {}`)).toContain(
        'outflow.yaml:3 has a key that is no text. Write a plain name',
      );
  });

  test('whatever else is thrown at the parser', () => {
    const nasty = ['%YAML 1.1\n---\na: 1', '%FOO', '---\n---', 'a: !!set {a}', 'a: !!binary x', '\0', '? \n: x', '&a'];
    for (const text of [...nasty, '*a', '- *a', '\u2028: [', 'a: |9\n x', 'a: &b &c d', '!!js/function x', '<<: <<']) {
      const error = errorOf(() => parseDefinitions('outflow.yaml', text));
      if (!(error instanceof ConfigError)) throw error;
      expect(error.faults.length, text).toBeGreaterThan(0);
      for (const { line, remedy } of error.faults) {
        expect(line, text).toBeGreaterThan(0);
        expect(remedy, text).not.toBe('');
      }
    }
  });
});

test('a merge key is one fault, which says what to write', () => {
  const base = '&base { type: postgres, url: "${WAREHOUSE_URL}" }\n  copy: { <<: *base, concurrentReads: 2 }';
  expect(faultsOf(written({ source: base }))).toMatchInlineSnapshot(`
    "outflow.yaml has 1 fault:
    outflow.yaml:3 sources.copy: has a merge key (<<), which YAML 1.2 does not have. Write the settings out in each place; an alias (*name) can stand for a whole entry."
  `);
});

test('two activations of one name are refused with both lines', () => {
  expect(faultsOf(written({ more: `  loyalty: ${activation('')}` }))).toMatchInlineSnapshot(`
    "outflow.yaml has 1 fault:
    outflow.yaml:9 activations.loyalty: is written twice, first on line 8. Rename or remove one of the two."
  `);
});

test('a setting written twice is refused', () => {
  expect(faultsOf(written({ segment: '{ source: warehouse, sql: select 1, source: warehouse }' })))
    .toMatchInlineSnapshot(`
    "outflow.yaml has 1 fault:
    outflow.yaml:4 segments.loyal.source: is written twice, first on line 4. Rename or remove one of the two."
  `);
});

test('an empty file, a list and missing sections are refused', () => {
  expect(faultsOf('')).toMatchInlineSnapshot(`
    "outflow.yaml has 1 fault:
    outflow.yaml:1 must be a map. Write sources, segments, destinations, activations."
  `);
  expect(faultsOf('- a')).toMatchInlineSnapshot(`
    "outflow.yaml has 1 fault:
    outflow.yaml:1 must be a map. Write sources, segments, destinations, activations."
  `);
  expect(faultsOf('sources: {}\nactivations:\n')).toMatchInlineSnapshot(`
    "outflow.yaml has 3 faults:
    outflow.yaml:1 segments: is missing. Write segments: {} when there are none.
    outflow.yaml:1 destinations: is missing. Write destinations: {} when there are none.
    outflow.yaml:2 activations: must be a map of names. Write activations: {} when there are none."
  `);
});

test('sections may be empty', () => {
  expect(parsed('sources: {}\nsegments: {}\ndestinations: {}\nactivations: {}')).toEqual({
    sources: {},
    segments: {},
    destinations: {},
    activations: {},
    alertChannels: {},
  });
});

test('an unknown key proposes the nearest known one, or lists them', () => {
  const text = written({ activation: activation(', shedule: { every: 15m }, colour: red') });
  expect(faultsOf(`source: {}\n${text}`)).toMatchInlineSnapshot(`
    "outflow.yaml has 3 faults:
    outflow.yaml:1 source: is not known here. Did you mean sources?
    outflow.yaml:9 activations.loyalty.shedule: is not known here. Did you mean schedule?
    outflow.yaml:9 activations.loyalty.colour: is not known here. Known here: previousName, segment, destination, identifier, attributes, schedule, resync, sharedAttributes, guards, retryRejected, alerts."
  `);
});

test('all faults of a file are told at once, in the order of its lines', () => {
  const text = written({
    source: '{ type: mysql }',
    segment: '{ source: warehous, sql: ";" }',
    destination: '{ type: batch-mep, restKey: "${REST}", apiKeys: { ios: "${IOS}" }, chunkSize: 0 }',
    activation: '{ segment: loyal, destination: ap, attributes: [firstName], schedule: { every: 15 } }',
  });
  expect(faultsOf(text)).toMatchInlineSnapshot(`
    "outflow.yaml has 8 faults:
    outflow.yaml:2 sources.warehouse.type: must be postgres. Write type: postgres.
    outflow.yaml:2 sources.warehouse.url: is missing. Write "\${WAREHOUSE_URL}", or postgres://user:\${WAREHOUSE_PASSWORD}@host:5432/database.
    outflow.yaml:4 segments.loyal.sql: must be a query. Write sql: select email, first_name from customers.
    outflow.yaml:4 segments.loyal.source: names "warehous", and there is no source of that name. Did you mean warehouse?
    outflow.yaml:6 destinations.app.chunkSize: must be a whole number from 1 to 10000. Batch takes at most 10000 contacts a call; leave it out for 10000.
    outflow.yaml:8 activations.loyalty.identifier: is missing. Write the column that says which contact a row is, such as identifier: email.
    outflow.yaml:8 activations.loyalty.schedule.every: must be a duration from 10s to 366d. Write a number and a unit, s, m, h, d or w: for example 15m.
    outflow.yaml:8 activations.loyalty.destination: names "ap", and there is no destination of that name. Did you mean app?"
  `);
});

test('each fault can be read by a program', () => {
  const error = errorOf(() => parseDefinitions('shop/outflow.yaml', written({ source: '{ type: postgres }' })));
  expect(error.code).toBe('ConfigInvalid');
  expect(error instanceof ConfigError && error.faults).toEqual([
    {
      file: 'shop/outflow.yaml',
      line: 2,
      path: 'sources.warehouse.url',
      message: 'is missing',
      remedy: 'Write "${WAREHOUSE_URL}", or postgres://user:${WAREHOUSE_PASSWORD}@host:5432/database.',
    },
  ]);
});

test('a name with other characters than a-z, 0-9, - and _ is refused', () => {
  expect(faultsOf(written({ more: `  Loyal Ones: ${activation('', '[city]')}` }))).toMatchInlineSnapshot(`
    "outflow.yaml has 1 fault:
    outflow.yaml:9 activations["Loyal Ones"]: must be a name of 1 to 63 of a-z, 0-9, - and _, beginning with a letter or digit. Choose another, for example loyalty."
  `);
  expect(faultsOf(written({ more: `  __proto__: ${activation('', '[city]')}` }))).toMatchInlineSnapshot(`
    "outflow.yaml has 2 faults:
    outflow.yaml:9 activations.__proto__: is a name of JavaScript itself. Use another name.
    outflow.yaml:9 activations.__proto__: must be a name of 1 to 63 of a-z, 0-9, - and _, beginning with a letter or digit. Choose another, for example loyalty."
  `);
});

test('a name has at most 63 characters', () => {
  const name = 'a'.repeat(63);
  expect(parsed(written({ more: `  ${name}: ${activation('', '[city]')}` })).activations[name]?.name).toBe(name);
  expect(faultsOf(written({ more: `  ${name}b: ${activation('', '[city]')}` }))).toContain('must be a name of 1 to 63');
});
