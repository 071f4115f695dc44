import { describe, expect, test } from 'vitest';
import { activation, faultsOf, parsed, written } from './written.js';

const attributes = (text: string) => written({ activation: activation('', text) });
const mappingsOf = (text: string) => parsed(attributes(text)).activations.loyalty?.attributes;
const plain = { onTooLong: 'leave-out', onNotFinite: 'leave-out', onNull: 'clear' };

test('a list sends fields under their own names, in its order', () => {
  expect(mappingsOf('[tier, city]')).toEqual([
    { attribute: 'tier', field: 'tier', ...plain },
    { attribute: 'city', field: 'city', ...plain },
  ]);
});

test('a map renames, and may set how an attribute is sent', () => {
  const text =
    '{ tier: Loyalty Tier, website: { field: site, type: url, onTooLong: clear }, ltv: { onNotFinite: clear, onNull: skip } }';
  expect(mappingsOf(text)).toEqual([
    { attribute: 'tier', field: 'Loyalty Tier', ...plain },
    { attribute: 'website', field: 'site', type: 'url', ...plain, onTooLong: 'clear' },
    { attribute: 'ltv', field: 'ltv', onTooLong: 'leave-out', onNotFinite: 'clear', onNull: 'skip' },
  ]);
});

test('the identifier may be sent as an attribute too', () => {
  expect(mappingsOf('[email]')).toHaveLength(1);
});

describe('a name that Batch refuses', () => {
  test('is refused with a name to use in its place', () => {
    expect(faultsOf(attributes('[first_name, firstName]'))).toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:8 activations.loyalty.attributes[1]: is refused by Batch: a name is made of a-z, 0-9 and _. Name it first_name."
    `);
    expect(faultsOf(attributes('{ firstName: first_name }'))).toMatchInlineSnapshot(`
      "outflow.yaml has 1 fault:
      outflow.yaml:8 activations.loyalty.attributes.firstName: is refused by Batch: a name is made of a-z, 0-9 and _. Name it first_name."
    `);
  });

  test('is refused when it is too long or native', () => {
    expect(faultsOf(attributes(`[${'a'.repeat(31)}, $email_address]`))).toMatchInlineSnapshot(`
      "outflow.yaml has 2 faults:
      outflow.yaml:8 activations.loyalty.attributes[0]: is refused by Batch: a name has at most 30 characters, this one has 31. Map the field to a shorter name.
      outflow.yaml:8 activations.loyalty.attributes[1]: is refused by Batch: native attributes ($...) do not exist for contacts of the Mobile Engagement Platform. To send it as a custom attribute, name it email_address."
    `);
    expect(mappingsOf(`[${'a'.repeat(30)}]`)).toHaveLength(1);
  });
});

test('at most 50 attributes are accepted', () => {
  const names = Array.from({ length: 51 }, (_, i) => `a${i}`);
  expect(mappingsOf(`[${names.slice(0, 50).join(', ')}]`)).toHaveLength(50);
  expect(faultsOf(attributes(`[${names.join(', ')}]`))).toMatchInlineSnapshot(`
    "outflow.yaml has 1 fault:
    outflow.yaml:8 activations.loyalty.attributes: has 51 attributes, and Batch takes 50. Remove the others."
  `);
});

test('at most 15 attributes of declared tags are accepted', () => {
  const tags = Array.from({ length: 16 }, (_, i) => `a${i}: { type: tags }`);
  expect(mappingsOf(`{ ${tags.slice(0, 15).join(', ')} }`)).toHaveLength(15);
  expect(faultsOf(attributes(`{ ${tags.join(', ')} }`))).toMatchInlineSnapshot(`
    "outflow.yaml has 1 fault:
    outflow.yaml:8 activations.loyalty.attributes: has 16 attributes of tags, and Batch takes 15. Remove the others."
  `);
});

test('no attributes, an attribute twice and other forms are refused', () => {
  expect(faultsOf(attributes('[]'))).toMatchInlineSnapshot(`
    "outflow.yaml has 1 fault:
    outflow.yaml:8 activations.loyalty.attributes: names no attribute. Write at least one, such as [first_name]."
  `);
  expect(faultsOf(attributes('[city, tier, city]'))).toMatchInlineSnapshot(`
    "outflow.yaml has 1 fault:
    outflow.yaml:8 activations.loyalty.attributes[2]: names city a second time. Remove it."
  `);
  expect(faultsOf(attributes('first_name'))).toMatchInlineSnapshot(`
    "outflow.yaml has 1 fault:
    outflow.yaml:8 activations.loyalty.attributes: must be a list of fields or a map of attributes to fields. Write [first_name], or { tier: loyalty_tier }."
  `);
  expect(faultsOf(attributes('{ a: 5, b: "", c: { typ: url }, d: { type: link }, e: }'))).toMatchInlineSnapshot(`
    "outflow.yaml has 4 faults:
    outflow.yaml:8 activations.loyalty.attributes.a: must be a column of the segment or a map of settings. Write a column, or { field: ..., type: url }.
    outflow.yaml:8 activations.loyalty.attributes.b: must be the name of a column of the segment. Write for example tier: loyalty_tier.
    outflow.yaml:8 activations.loyalty.attributes.c.typ: is not known here. Did you mean type?
    outflow.yaml:8 activations.loyalty.attributes.e: has no value. Write a column, or { field: ..., type: url }."
  `);
});

test('a type that the destination does not have is refused', () => {
  expect(faultsOf(attributes('{ d: { type: text } }'))).toMatchInlineSnapshot(`
    "outflow.yaml has 1 fault:
    outflow.yaml:8 activations.loyalty.attributes.d.type: must be one of string, number, boolean, date, url, tags. Leave it out for the type of the column."
  `);
});
