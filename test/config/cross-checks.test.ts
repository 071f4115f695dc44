import { describe, expect, test } from 'vitest';
import { activation, faultsOf, parsed, written } from './written.js';

describe('a reference to what does not exist', () => {
  test('proposes the nearest name', () => {
    expect(faultsOf(written({ segment: '{ source: warehuose, sql: select 1 }' }))).toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:4 segments.loyal.source: names "warehuose", and there is no source of that name. Did you mean warehouse?"
    `);
  });

  test('lists the names when none is near', () => {
    const entry = '{ segment: everybody, destination: crm, identifier: email, attributes: [city] }';
    expect(faultsOf(written({ activation: entry }))).toMatchInlineSnapshot(`
      "outflow.yaml has 2 faults:
      outflow.yaml:8 activations.loyalty.segment: names "everybody", and there is no segment of that name. Known here: loyal.
      outflow.yaml:8 activations.loyalty.destination: names "crm", and there is no destination of that name. Known here: app."
    `);
  });

  test('is found for names that every JavaScript object has', () => {
    expect(faultsOf(written({ segment: '{ source: constructor, sql: select 1 }' }))).toContain('there is no source');
  });

  test('is not reported for an entry that exists but has faults of its own', () => {
    expect(faultsOf(written({ source: '{ type: mysql, url: "${A}" }' }))).toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:2 sources.warehouse.type: must be postgres. Write type: postgres."
    `);
  });
});

describe('two activations that write one attribute of one app', () => {
  const other = (settings: string, destination = 'app') =>
    `  other: { segment: loyal, destination: ${destination}, identifier: id, attributes: { first_name: name, city: city }${settings} }`;

  test('are refused', () => {
    expect(faultsOf(written({ more: other('') }))).toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:9 activations.other.attributes: writes first_name, as activation loyalty does for the same target. Remove it from one, or write sharedAttributes: true in both if each writes contacts of its own."
    `);
  });

  test('are refused when only one says that it shares', () => {
    expect(faultsOf(written({ more: other(', sharedAttributes: true') }))).toContain('writes first_name');
  });

  test('are accepted when both say so', () => {
    const text = written({
      activation: activation(', sharedAttributes: true'),
      more: other(', sharedAttributes: true'),
    });
    expect(parsed(text).activations.other?.sharedAttributes).toBe(true);
  });

  test('are refused when two destinations have the same API key', () => {
    const destination = (key: string) =>
      `{ type: batch-mep, restKey: "\${REST}", apiKeys: { ios: "\${IOS}" } }\n  app2: { type: batch-mep, restKey: "\${REST}", apiKeys: { android: "\${${key}}" } }`;
    expect(faultsOf(written({ destination: destination('IOS'), more: other('', 'app2') }))).toContain(
      'writes first_name',
    );
    expect(
      parsed(written({ destination: destination('ANDROID'), more: other('', 'app2') })).activations.other,
    ).toBeDefined();
  });

  test('are found although one of them has another fault', () => {
    expect(faultsOf(written({ more: other(', schedule: { every: 15 }') }))).toMatchInlineSnapshot(`
      "outflow.yaml has 2 faults:
      outflow.yaml:9 activations.other.schedule.every: must be a duration from 10s to 366d. Write a number and a unit, s, m, h, d or w: for example 15m.
      outflow.yaml:9 activations.other.attributes: writes first_name, as activation loyalty does for the same target. Remove it from one, or write sharedAttributes: true in both if each writes contacts of its own."
    `);
  });
});

describe('previousName', () => {
  test('is kept', () => {
    expect(parsed(written({ activation: activation(', previousName: vips') })).activations.loyalty?.previousName).toBe(
      'vips',
    );
  });

  test('cannot name an activation of the file', () => {
    expect(faultsOf(written({ activation: activation(', previousName: loyalty') }))).toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:8 activations.loyalty.previousName: names loyalty, which is still an activation of this file. Remove the one or the other."
    `);
  });

  test('cannot be that of two activations', () => {
    const more = `  other: ${activation(', previousName: vips', '[city]')}`;
    expect(faultsOf(written({ activation: activation(', previousName: vips'), more }))).toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:9 activations.other.previousName: names vips, as activation loyalty does. An activation is renamed to one other."
    `);
  });
});
