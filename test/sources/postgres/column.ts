import type { SegmentColumn } from '../../../src/activation/segment-column.js';
import { columnKind, conversionsOf } from '../../../src/sources/postgres/column-kind.js';

/** A column of a segment as PostgreSQL describes it. `name` needs no quotes. */
export function columnOf(type: string, name = 'x'): SegmentColumn {
  return { name, type, kind: columnKind(type), conversions: conversionsOf(name, type) };
}

/** Columns to read that are no `character(n)`. */
export function fields(...names: string[]): { name: string; type: string }[] {
  return names.map((name) => ({ name, type: 'text' }));
}
