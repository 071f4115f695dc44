import { expect, test } from 'vitest';
import type { ActivationDefinition } from '../../src/activation/definitions.js';
import { bindActivation } from '../../src/destinations/bind-activation.js';
import { mappingOf } from '../snapshot/diff-fixture.js';
import { batchMep } from '../support/batch-mep.js';
import { defaultSettings } from '../support/default-settings.js';
import { columnOf } from '../sources/postgres/column.js';

const columns = [
  columnOf('text', 'email'),
  columnOf('character varying(80)', 'first_name'),
  columnOf('numeric(12,2)', 'ltv'),
  columnOf('text[]', 'tags'),
  columnOf('jsonb', 'doc'),
  columnOf('bytea', 'photo'),
];

function activation(attributes: ActivationDefinition['attributes'], identifier = 'email'): ActivationDefinition {
  return {
    name: 'loyalty',
    segment: 'loyal',
    destination: 'app',
    identifier,
    attributes,
    schedule: [],
    sharedAttributes: false,
    ...defaultSettings(),
  };
}

const of = (...fields: string[]) => fields.map((field) => mappingOf({ attribute: field }));

test('an activation is tied to the columns of its segment in the order of its mapping', () => {
  const mapping = [mappingOf({ attribute: 'value', field: 'ltv' }), mappingOf({ attribute: 'tags' })];
  const { layout, fields, rules } = bindActivation(activation(mapping), batchMep(), columns);
  expect(fields.map(({ name }) => name)).toEqual(['ltv', 'tags']);
  expect(layout).toMatchObject({
    identifier: 'email',
    columns: [
      { attribute: 'value', type: 'numeric(12,2)', kind: 'number' },
      { attribute: 'tags', type: 'text[]', kind: 'list' },
    ],
  });
  expect(rules.map(({ rendering }) => rendering)).toEqual(layout.columns.map(({ rendering }) => rendering));
});

test('one column may be sent as two attributes', () => {
  const mapping = [mappingOf({ attribute: 'ltv' }), mappingOf({ attribute: 'ltv_text', field: 'ltv', type: 'string' })];
  const bound = bindActivation(activation(mapping), batchMep(), columns);
  expect(bound.fields.map(({ name }) => name)).toEqual(['ltv', 'ltv']);
});

test('a column that the segment does not have is named, with the one that was probably meant', () => {
  expect(() => bindActivation(activation(of('firstname')), batchMep(), columns)).toThrow(
    expect.objectContaining({
      code: 'SegmentInvalid',
      message: 'Segment loyal has no column "firstname" (attribute firstname).',
      remedy: 'Did you mean "first_name"?',
    }) as Error,
  );
});

test('an identifier that is no column is named, with the columns where none is near', () => {
  expect(() => bindActivation(activation(of('ltv'), 'customer_number'), batchMep(), columns)).toThrow(
    expect.objectContaining({
      code: 'SegmentInvalid',
      message: 'Segment loyal has no column "customer_number" (identifier).',
      remedy: 'Its columns are email, first_name, ltv, tags, doc, photo.',
    }) as Error,
  );
});

test.each([
  ['doc', 'jsonb', `Convert it in the segment, for example: doc->>'key', or doc::text.`],
  ['photo', 'bytea', `Convert it in the segment, for example: encode(photo, 'hex').`],
])('column %s is of a type that cannot be sent', (field, type, remedy) => {
  expect(() => bindActivation(activation(of(field)), batchMep(), columns)).toThrow(
    expect.objectContaining({
      code: 'SegmentInvalid',
      message: `Column "${field}" is of type ${type}, which cannot be sent to Batch.`,
      remedy,
    }) as Error,
  );
});

test('all faults are told at once', () => {
  const mapping = [...of('firstname', 'doc'), mappingOf({ attribute: 'ltv', type: 'tags' })];
  expect(() => bindActivation(activation(mapping, 'mail'), batchMep(), columns)).toThrow(
    expect.objectContaining({
      code: 'SegmentInvalid',
      message: [
        'Activation loyalty does not fit its segment, for 4 reasons:',
        '- Segment loyal has no column "mail" (identifier). Did you mean "email"?',
        '- Segment loyal has no column "firstname" (attribute firstname). Did you mean "first_name"?',
        `- Column "doc" is of type jsonb, which cannot be sent to Batch. Convert it in the segment, for example: doc->>'key', or doc::text.`,
        '- Column "ltv" is of type numeric(12,2), which cannot be sent as tags (attribute "ltv"). Convert it in the segment, for example: an expression that gives a list of texts; or declare another type.',
      ].join('\n'),
      remedy: 'Correct them in outflow.yaml; `outflow check` shows whether they are all gone.',
    }) as Error,
  );
});

test('more attributes of tags than Batch takes are refused, as many as it takes are not', () => {
  const arrays = (count: number) =>
    Array.from({ length: count }, (_, i) => mappingOf({ attribute: `tags_${i}`, field: 'tags' }));
  expect(bindActivation(activation(arrays(15)), batchMep(), columns).rules).toHaveLength(15);
  expect(() => bindActivation(activation(arrays(16)), batchMep(), columns)).toThrow(
    expect.objectContaining({
      message: 'Activation loyalty sends 16 tag attributes (arrays); Batch takes 15.',
      remedy: 'Leave some out, or send them as text with array_to_string.',
    }) as Error,
  );
});
