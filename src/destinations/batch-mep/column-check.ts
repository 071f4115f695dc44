import type { AttributeMapping, DeclaredType } from '../../activation/definitions.js';
import { OutflowError } from '../../activation/errors.js';
import type { ColumnKind, Conversions, SegmentColumn } from '../../activation/segment-column.js';

/** A column of a segment, or of stored lines, which can be sent. */
export type MappedColumn = Pick<SegmentColumn, 'type' | 'kind'> & { conversions?: Conversions };

/** What a column of each kind may be sent as; the first is what it is sent as when the mapping declares nothing. */
const sendable: Record<ColumnKind, readonly DeclaredType[]> = {
  text: ['string', 'url'],
  number: ['number', 'string'],
  boolean: ['boolean', 'string'],
  date: ['date', 'string'],
  timestamp: ['date', 'string'],
  list: ['tags'],
  json: [],
};

/** The kind of column that is sent as each type without ado, and what it holds. */
const bestKind: Record<DeclaredType, { kind: ColumnKind; holds: string }> = {
  string: { kind: 'text', holds: 'a text' },
  url: { kind: 'text', holds: 'a text' },
  number: { kind: 'number', holds: 'a number' },
  boolean: { kind: 'boolean', holds: 'true or false' },
  date: { kind: 'timestamp', holds: 'a date or a timestamp' },
  tags: { kind: 'list', holds: 'a list of texts' },
};

/**
 * The kind of an attribute's column and the type that it is sent as. Throws SegmentInvalid or ConfigInvalid, naming the
 * column and what to write in the segment.
 */
export function checkedColumn(
  mapping: AttributeMapping,
  { type, kind, conversions = {} }: MappedColumn,
): { kind: ColumnKind; sentAs: DeclaredType } {
  const [first] = kind === undefined ? [] : sendable[kind];
  if (kind === undefined || first === undefined) {
    const chosen = mapping.type && conversions[bestKind[mapping.type].kind];
    const all = chosen ?? Object.values(conversions).flat();
    throw new OutflowError(
      'SegmentInvalid',
      `Column "${mapping.field}" is of type ${type}, which cannot be sent to Batch.`,
      `Convert it in the segment, for example: ${all.join(', or ')}.`,
    );
  }
  const sentAs = mapping.type ?? first;
  if (!sendable[kind].includes(sentAs)) {
    const { kind: wanted, holds } = bestKind[sentAs];
    const conversion = conversions[wanted]?.join(', or ') ?? `an expression that gives ${holds}`;
    throw new OutflowError(
      'SegmentInvalid',
      `Column "${mapping.field}" is of type ${type}, which cannot be sent as ${sentAs} (attribute "${mapping.attribute}").`,
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
