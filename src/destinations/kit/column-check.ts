import type { AttributeMapping } from '../../activation/definitions.js';
import { OutflowError } from '../../activation/errors.js';
import type { ColumnKind } from '../../activation/segment-column.js';
import type { MappedColumn } from '../destination.js';
import { bestKinds, type SentAs } from './values/value-by-type.js';

/** What a column of each kind may be sent as; the first is what it is sent as when the mapping declares nothing. */
export type SendableAs<Type extends SentAs> = Record<ColumnKind, readonly Type[]>;

/**
 * The kind of an attribute's column and the type that it is sent as. Throws SegmentInvalid or ConfigInvalid, naming the
 * column and what to write in the segment. `service`: the destination's name for messages.
 */
export function checkedColumn<Type extends SentAs>(
  { service, sendable }: { service: string; sendable: SendableAs<Type> },
  mapping: AttributeMapping,
  { type, kind, conversions = {} }: MappedColumn,
): { kind: ColumnKind; sentAs: Type } {
  const best = (sentAs: string) => (bestKinds as Partial<Record<string, (typeof bestKinds)[SentAs]>>)[sentAs];
  const [first] = kind === undefined ? [] : sendable[kind];
  if (kind === undefined || first === undefined) {
    const wanted = mapping.type === undefined ? undefined : best(mapping.type);
    const all = (wanted && conversions[wanted.kind]) ?? Object.values(conversions).flat();
    throw new OutflowError(
      'SegmentInvalid',
      `Column "${mapping.field}" is of type ${type}, which cannot be sent to ${service}.`,
      `Convert it in the segment, for example: ${all.join(', or ')}.`,
    );
  }
  const declared = mapping.type ?? first;
  const sentAs = sendable[kind].find((candidate) => candidate === declared);
  if (sentAs === undefined) {
    const wanted = best(declared);
    const conversion =
      (wanted && conversions[wanted.kind]?.join(', or ')) ?? `an expression that gives ${wanted?.holds ?? 'that type'}`;
    throw new OutflowError(
      'SegmentInvalid',
      `Column "${mapping.field}" is of type ${type}, which cannot be sent as ${declared} (attribute "${mapping.attribute}").`,
      `Convert it in the segment, for example: ${conversion}; or declare another type.`,
    );
  }
  if (sentAs === 'url' && mapping.onTooLong === 'truncate') {
    throw new OutflowError(
      'ConfigInvalid',
      `Attribute "${mapping.attribute}" is a url: with onTooLong: truncate contacts would get broken addresses.`,
      'Use onTooLong: leave-out or clear.',
    );
  }
  return { kind, sentAs };
}
