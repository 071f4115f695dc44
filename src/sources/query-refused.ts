import { type FailureCategory, OutflowError } from '../activation/errors.js';

/** A source's refusal of a segment, at a place in its query. */
export class QueryRefused extends OutflowError {
  /** Of the query's text, from 0, in characters. */
  readonly offset: number;

  constructor(message: string, remedy: string, category: FailureCategory, offset: number) {
    super('SourceRejectedQuery', message, remedy, category);
    this.offset = offset;
  }
}

/** A place in a query as people count it, from 1, and the line that it is in. */
export function placeOf(sql: string, offset: number): { line: number; column: number; text: string } {
  const before = sql.slice(0, offset).split('\n');
  const line = before.length;
  return { line, column: before.at(-1)!.length + 1, text: sql.split('\n')[line - 1]! };
}
