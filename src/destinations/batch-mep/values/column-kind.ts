/** What a column's PostgreSQL type means to Batch. Types that are none of these are not sent. */
export type ColumnKind = 'text' | 'padded-text' | 'number' | 'boolean' | 'date' | 'text-array' | 'padded-text-array';

const kinds: Record<string, ColumnKind> = {
  text: 'text',
  'character varying': 'text',
  citext: 'text',
  name: 'text',
  uuid: 'text',
  enum: 'text',
  character: 'padded-text',
  bpchar: 'padded-text',
  smallint: 'number',
  integer: 'number',
  bigint: 'number',
  numeric: 'number',
  real: 'number',
  'double precision': 'number',
  boolean: 'boolean',
  date: 'date',
  'timestamp without time zone': 'date',
  'timestamp with time zone': 'date',
};

/**
 * The kind of a type as `format_type` names it (domains resolved to their base type, enums named `enum`), or undefined.
 * Modifiers (`numeric(10,2)`) and the schema of citext do not matter.
 */
export function columnKind(type: string): ColumnKind | undefined {
  const bare = type.replace(/\([^)]*\)/, '').replace(/^.*\.citext\b/, 'citext');
  if (!bare.endsWith('[]')) return kinds[bare];
  const element = kinds[bare.slice(0, -2)];
  return element === 'text' || element === 'padded-text' ? `${element}-array` : undefined;
}
