import { z } from 'zod';
import type { AttributeMapping } from '../activation/definitions.js';
import { choice, columnName, says, section, twoLines } from '../schema/shape.js';

const attributeName = z.string(says('must be the name of a field and attribute', 'Write a name such as first_name.'));

const settings = section(
  {
    field: columnName('Leave field out when the column has the name of the attribute.').optional(),
    type: z.string(says('must be a type of the destination', 'Leave it out for the type of the column.')).optional(),
    onTooLong: choice(['leave-out', 'truncate', 'clear'], 'Leave it out for leave-out.').default('leave-out'),
    onNotFinite: choice(['leave-out', 'clear'], 'Leave it out for leave-out.').default('leave-out'),
    onNull: choice(['clear', 'skip'], 'Leave it out for clear.').default('clear'),
  },
  'Write a column, or { field: ..., type: url }.',
);

const listed = z.array(attributeName).superRefine((names, ctx) => {
  names.forEach((name, i) => {
    if (names.indexOf(name) < i) {
      ctx.addIssue({ code: 'custom', path: [i], message: twoLines(`names ${name} a second time`, 'Remove it.') });
    }
  });
});

const mapped = z.record(
  attributeName,
  z.union(
    [columnName('Write for example tier: loyalty_tier.'), settings],
    says('must be a column of the segment or a map of settings', 'Write a column, or { field: ..., type: url }.'),
  ),
);

/**
 * `activations.<name>.attributes`: a list of fields, or a map of attribute to field. The order is kept. What the destination
 * takes of them is looked at when it is known: see `mappingFindings`.
 */
export const attributesShape = z
  .union(
    [listed, mapped],
    says('must be a list of fields or a map of attributes to fields', 'Write [first_name], or { tier: loyalty_tier }.'),
  )
  .transform((written): AttributeMapping[] => {
    if (Array.isArray(written)) return written.map((name) => mapping(name, name));
    return Object.entries(written).map(([attribute, field]) =>
      typeof field === 'string' ? mapping(attribute, field) : withSettings(attribute, field),
    );
  })
  .superRefine((mappings, ctx) => {
    if (mappings.length > 0) return;
    ctx.addIssue({
      code: 'custom',
      message: twoLines('names no attribute', 'Write at least one, such as [first_name].'),
    });
  });

function mapping(attribute: string, field: string): AttributeMapping {
  return withSettings(attribute, { field, onTooLong: 'leave-out', onNotFinite: 'leave-out', onNull: 'clear' });
}

function withSettings(attribute: string, written: z.output<typeof settings>): AttributeMapping {
  const { field = attribute, type, onTooLong, onNotFinite, onNull } = written;
  return { attribute, field, ...(type === undefined ? {} : { type }), onTooLong, onNotFinite, onNull };
}
