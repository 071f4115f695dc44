import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import type { Unsent } from '../../operations/rejections/rejections.js';

/** A line of the list. What a kind has nothing to say of is empty. */
interface Line {
  kind: 'rejected' | 'invalid_row' | 'invalid_value';
  identifier: string | null;
  /** Empty: the whole contact. */
  attribute?: string | null;
  target?: string;
  reason: string;
  /** Refusals of these values in a row. */
  attempts?: number;
  /** ISO 8601, UTC: the first run after it sends the contact again. */
  next_try?: string;
  /** That was refused last. */
  run?: number;
}

const columns = ['kind', 'identifier', 'target', 'attribute', 'reason', 'attempts', 'next_try', 'run'];

/**
 * Writes the list as CSV by RFC 4180, with a line of titles; in a stream, however long it is. At most `limit` lines of each
 * kind. A text that a spreadsheet would take for a formula, because it begins with `=`, `+`, `-` or `@`, gets an apostrophe
 * before it, which a spreadsheet does not show: identifiers are typed by strangers.
 */
export async function writeCsv(all: Unsent, limit: number, to: NodeJS.WritableStream): Promise<void> {
  const csv = stringify({
    header: true,
    columns,
    escape_formulas: true,
    record_delimiter: 'windows',
    quote_record_delimiter: true,
  });
  await pipeline(Readable.from(lines(all, limit)), csv, to, { end: false });
}

async function* lines({ rejections, invalidRows, invalidValues }: Unsent, limit: number): AsyncGenerator<Line> {
  yield* atMost(limit, rejections, ({ identifier, target, attribute, code, attempts, dueAt, runId }) => ({
    ...({ kind: 'rejected', identifier, target, attribute, reason: code } as const),
    ...{ attempts, next_try: dueAt.toISOString(), run: runId },
  }));
  yield* atMost(limit, invalidRows, ({ identifier, reason }) => ({ kind: 'invalid_row', identifier, reason }));
  yield* atMost(limit, invalidValues, (value) => ({ kind: 'invalid_value', ...value }));
}

async function* atMost<T>(limit: number, all: AsyncIterable<T>, asLine: (one: T) => Line): AsyncGenerator<Line> {
  let count = 0;
  for await (const one of all) {
    yield asLine(one);
    if (++count >= limit) return;
  }
}
