import type { ColumnKind, Conversions } from '../../activation/segment-column.js';

const kinds: Record<string, ColumnKind> = {
  text: 'text',
  'character varying': 'text',
  citext: 'text',
  name: 'text',
  uuid: 'text',
  enum: 'text',
  character: 'text',
  bpchar: 'text',
  smallint: 'number',
  integer: 'number',
  bigint: 'number',
  numeric: 'number',
  real: 'number',
  'double precision': 'number',
  boolean: 'boolean',
  date: 'date',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamp',
  json: 'json',
  jsonb: 'json',
};

/**
 * The kind of a type as `format_type` names it (domains resolved to their base type, enums named `enum`), or undefined.
 * Modifiers (`numeric(10,2)`) and the schema of citext do not matter.
 */
export function columnKind(type: string): ColumnKind | undefined {
  const bare = bareType(type);
  if (!bare.endsWith('[]')) return kinds[bare];
  return kinds[bare.slice(0, -2)] === 'text' ? 'list' : undefined;
}

function bareType(type: string): string {
  return type.replace(/\([^)]*\)/, '').replace(/^.*\.citext\b/, 'citext');
}

/** SQL that makes a column of this type one of another kind. `name` is quoted where it has to be. */
export function conversionsOf(name: string, type: string): Conversions {
  const bare = bareType(type);
  switch (columnKind(type)) {
    case 'text':
      if (bare === 'uuid') return {};
      return conversionsOfText(bare === 'enum' ? `${name}::text` : name);
    case 'number':
      return { text: [`${name}::text`], timestamp: [`to_timestamp(${name})`] };
    case 'boolean':
      return { text: [`${name}::text`], number: [`${name}::integer`] };
    case 'date':
    case 'timestamp':
      return { text: [`${name}::text`] };
    case 'list':
      return { text: [`array_to_string(${name}, ',')`] };
    case 'json':
      return { text: [`${name}->>'key'`, `${name}::text`] };
    case undefined:
      if (bare.endsWith('[]')) return { list: [`${name}::text[]`] };
      if (bare === 'bytea') return { text: [`encode(${name}, 'hex')`] };
      if (bare === 'money') return { number: [`${name}::numeric`] };
      if (bare.startsWith('interval')) return { number: [`extract(epoch from ${name})`], text: [`${name}::text`] };
      return { text: [`${name}::text`] };
  }
}

function conversionsOfText(text: string): Conversions {
  return {
    number: [`${text}::numeric`],
    boolean: [`${text}::boolean`],
    timestamp: [`${text}::timestamptz`],
    list: [`string_to_array(${text}, ',')`],
  };
}

const PADDED = /^(character\(|bpchar|character$|character\[)/;

/**
 * The expression that reads a column: `character(n)` loses the blanks that it is padded with, since they are no part of a
 * value. `column` is quoted.
 */
export function readAs(column: string, type: string): string {
  if (!PADDED.test(type)) return column;
  return type.endsWith('[]') ? `${column}::text[]` : `${column}::text`;
}
