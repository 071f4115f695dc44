import type { AttributeMapping, DeclaredType } from '../../activation/definitions.js';
import { OutflowError } from '../../activation/errors.js';
import { columnKind, type ColumnKind } from './values/column-kind.js';

/** What a column of each kind may be sent as; the first is what it is sent as when the mapping declares nothing. */
const sendable: Record<ColumnKind, readonly [DeclaredType, ...DeclaredType[]]> = {
  text: ['string', 'url'],
  'padded-text': ['string', 'url'],
  number: ['number', 'string'],
  boolean: ['boolean', 'string'],
  date: ['date', 'string'],
  'text-array': ['tags'],
  'padded-text-array': ['tags'],
};

/**
 * The kind of an attribute's column and the type that it is sent as. Throws SegmentInvalid or ConfigInvalid, naming the
 * column and what to write in the segment.
 */
export function checkedColumn(mapping: AttributeMapping, type: string): { kind: ColumnKind; sentAs: DeclaredType } {
  const kind = columnKind(type);
  if (kind === undefined) {
    throw new OutflowError(
      'SegmentInvalid',
      `Column "${mapping.field}" is of type ${type}, which cannot be sent to Batch.`,
      `Convert it in the segment, for example: ${conversion(mapping.field, type)}.`,
    );
  }
  const sentAs = mapping.type ?? sendable[kind][0];
  if (!sendable[kind].includes(sentAs)) {
    throw new OutflowError(
      'SegmentInvalid',
      `Column "${mapping.field}" is of type ${type}, which cannot be sent as ${sentAs} (attribute "${mapping.attribute}").`,
      `Convert it in the segment, for example: ${conversionTo(sentAs, mapping.field, kind)}; or declare another type.`,
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

function conversion(field: string, type: string): string {
  const name = quoted(field);
  if (type.endsWith('[]')) return `${name}::text[]`;
  if (type === 'json' || type === 'jsonb') return `${name}->>'key', or ${name}::text`;
  if (type === 'bytea') return `encode(${name}, 'hex')`;
  if (type === 'money') return `${name}::numeric`;
  if (type.startsWith('interval')) return `extract(epoch from ${name}), or ${name}::text`;
  return `${name}::text`;
}

function conversionTo(sentAs: DeclaredType, field: string, kind: ColumnKind): string {
  const name = quoted(field);
  const isText = kind === 'text' || kind === 'padded-text';
  switch (sentAs) {
    case 'string':
    case 'url':
      return kind.endsWith('-array') ? `array_to_string(${name}, ',')` : `${name}::text`;
    case 'number':
      return isText ? `${name}::numeric` : 'an expression of type numeric';
    case 'boolean':
      return isText ? `${name}::boolean` : 'an expression of type boolean';
    case 'date':
      return kind === 'number'
        ? `to_timestamp(${name})`
        : isText
          ? `${name}::timestamptz`
          : `an expression of type date`;
    case 'tags':
      return isText ? `string_to_array(${name}, ',')` : 'an expression of type text[]';
  }
}

function quoted(field: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(field) ? field : `"${field.replaceAll('"', '""')}"`;
}
