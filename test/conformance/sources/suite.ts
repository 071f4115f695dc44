import type { ColumnKind } from '../../../src/activation/segment-column.js';
import type { SourceSession, SourceType } from '../../../src/sources/source.js';

/** A source of a test's own, whose tables the tests make and change. */
export interface SourceUnderTest {
  /** What stands in the definitions, with the values of variables in place. */
  settings: Record<string, unknown>;
  /** A statement of the owner. */
  execute(sql: string): Promise<void>;
  /** Whether the source still works on a statement whose text holds `mark`. */
  isAtWorkOn(mark: string): Promise<boolean>;
  /** Breaks what connects the session to its source, as the network or the system does. */
  breakConnection(session: SourceSession): Promise<void>;
  drop(): Promise<void>;
}

export interface SourceSuite {
  type: SourceType;
  start(): Promise<SourceUnderTest>;
  /** Settings that the type's schema takes and that cannot be used; they hold the word `hunter2`. */
  unusableSettings: Record<string, unknown>[];
  /** An expression of each kind, and its text in a line. */
  values: { sql: string; kind: ColumnKind; text: string }[];
  /** Types that are no kind, or that some destination has no place for: an expression that is null. */
  unsendable: string[];
  /** A query of `rows` rows with the column `id`, and a column `filler` of a thousand bytes. */
  manyRows(rows: number): string;
  /** A query with the column `id` that takes minutes before its first row, whose text holds `mark`. */
  slow(mark: string): string;
  /** A query with the columns `id` and `value` that fails on a row whose value is `secret-value`. */
  failing: string;
  /** A text as a literal. */
  literal(text: string): string;
}
