/**
 * What the values of a column are, whatever its source calls their type: destinations decide by it. It also says how the
 * lines of a segment write them:
 * - `text`: as it is.
 * - `number`: as in JSON, or `NaN`, `Infinity`, `-Infinity`.
 * - `boolean`: `t` or `f`.
 * - `date`: `2026-01-31`. `timestamp`: `2026-01-31 23:59:59.25` in UTC, with or without a fraction and `+00` at its end. Years
 *   that do not have four digits and infinite ones have other forms.
 * - `list`: of texts, as PostgreSQL writes an array: `{gold,"has a, comma",NULL}`.
 * - `json`: any value of JSON.
 */
export type ColumnKind = 'text' | 'number' | 'boolean' | 'date' | 'timestamp' | 'list' | 'json';

/** A column of a segment, as its source describes it. */
export interface SegmentColumn {
  name: string;
  /** As the source names it, such as `numeric(12,2)`. Part of the layout: values of another type are owed. */
  type: string;
  /** undefined: no kind that can be sent. */
  kind: ColumnKind | undefined;
  conversions: Conversions;
}

/** What to write in the segment for a column to be of another kind: expressions to choose from. */
export type Conversions = Readonly<Partial<Record<ColumnKind, readonly string[]>>>;
