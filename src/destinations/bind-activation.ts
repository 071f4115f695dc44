import type { ActivationDefinition } from '../activation/definitions.js';
import { OutflowError } from '../activation/errors.js';
import type { Layout } from '../activation/layout.js';
import { nearestName } from '../activation/nearest-name.js';
import type { AttributeRule } from '../activation/rendering.js';
import type { ColumnKind, SegmentColumn } from '../activation/segment-column.js';
import type { Destination } from './destination.js';

/** An activation tied to the columns that its segment really has. */
export interface BoundActivation {
  layout: Layout;
  /** A column of the layout each. */
  rules: AttributeRule[];
  /** The segment's column for each. */
  fields: SegmentColumn[];
}

/** Ties the mapping to the segment's columns and their types. Throws SegmentInvalid with every fault at once. */
export function bindActivation(
  activation: ActivationDefinition,
  { attributes }: Destination,
  columns: readonly SegmentColumn[],
): BoundActivation {
  const faults: OutflowError[] = [];
  const columnOf = (field: string, use: string): SegmentColumn | undefined => {
    const found = columns.find(({ name }) => name === field);
    if (found === undefined) faults.push(missingColumn(activation, field, use, columns));
    return found;
  };
  columnOf(activation.identifier, 'identifier');
  const bound: BoundActivation = { layout: { identifier: activation.identifier, columns: [] }, rules: [], fields: [] };
  for (const mapping of activation.attributes) {
    const column = columnOf(mapping.field, `attribute ${mapping.attribute}`);
    if (column === undefined) continue;
    try {
      const rule = attributes.rule(mapping, column);
      bound.rules.push(rule);
      bound.fields.push(column);
      // One without a kind has no rule.
      const { type, kind } = column as SegmentColumn & { kind: ColumnKind };
      bound.layout.columns.push({ attribute: mapping.attribute, type, kind, rendering: rule.rendering });
    } catch (error) {
      if (!(error instanceof OutflowError)) throw error;
      faults.push(error);
    }
  }
  const together = attributes.faultTogether(bound.rules);
  if (together) {
    faults.push(new OutflowError('SegmentInvalid', `Activation ${activation.name} ${together.rule}.`, together.remedy));
  }
  if (faults.length > 0) throw combined(activation, faults);
  return bound;
}

function missingColumn(
  activation: ActivationDefinition,
  field: string,
  use: string,
  columns: readonly SegmentColumn[],
): OutflowError {
  const names = columns.map(({ name }) => name);
  const nearest = nearestName(field, names);
  return new OutflowError(
    'SegmentInvalid',
    `Segment ${activation.segment} has no column "${field}" (${use}).`,
    nearest === undefined ? `Its columns are ${names.join(', ')}.` : `Did you mean "${nearest}"?`,
  );
}

function combined(activation: ActivationDefinition, faults: readonly OutflowError[]): OutflowError {
  if (faults.length === 1) return faults[0]!;
  const list = faults.map(({ message, remedy }) => `- ${message} ${remedy}`).join('\n');
  return new OutflowError(
    'SegmentInvalid',
    `Activation ${activation.name} does not fit its segment, for ${faults.length} reasons:\n${list}`,
    'Correct them in outflow.yaml; `outflow check` shows whether they are all gone.',
  );
}
