import type { ColumnKind } from './segment-column.js';

/**
 * One field of the lines kept in a snapshot. Its parts together are its identity: when any differs, the values kept
 * under the old identity say nothing about the new one, and read as owed.
 */
export interface Column {
  /** Name at the destination. */
  attribute: string;
  /** The type of the field, as its source names it. */
  type: string;
  /** Follows from the source and the type. */
  kind: ColumnKind;
  /** How the destination renders it: type, policies and version of the rules. */
  rendering: string;
}

/** What the lines of a block or a chunk are made of: the identifier first, then the columns in order. */
export interface Layout {
  /** The segment's field that identifies a contact. */
  identifier: string;
  columns: Column[];
}

function sameColumn(a: Column, b: Column): boolean {
  return a.attribute === b.attribute && a.type === b.type && a.kind === b.kind && a.rendering === b.rendering;
}

export function sameLayout(a: Layout, b: Layout): boolean {
  return (
    a.identifier === b.identifier &&
    a.columns.length === b.columns.length &&
    a.columns.every((column, i) => sameColumn(column, b.columns[i]!))
  );
}

/**
 * For each column of `to`, the index of the same column in `from`, or -1 when `from` has no such column.
 * Under another identifier no column is the same.
 */
function projection(from: Layout, to: Layout): number[] {
  if (from.identifier !== to.identifier) return to.columns.map(() => -1);
  return to.columns.map((column) => from.columns.findIndex((other) => sameColumn(other, column)));
}

/**
 * `projection` for the lines of `path[0]`, over which lines of the other layouts were written later: a column that one of
 * them lacks was not kept since, so it reads as if it had never been there.
 */
export function projectionThrough(path: readonly Layout[], to: Layout): number[] {
  const [from, ...later] = path;
  const gaps = later.map((layout) => projection(layout, to));
  return projection(from!, to).map((column, i) => (gaps.every((gap) => gap[i]! >= 0) ? column : -1));
}
