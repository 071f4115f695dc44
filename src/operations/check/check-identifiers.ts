import { BACKSLASH } from '../../lines/format.js';
import type { InvalidRowReason } from '../../activation/rendering.js';
import type { IdentifierRule } from '../../destinations/destination.js';
import { keyOf } from '../../lines/keys.js';
import { LineStream } from '../../lines/stream.js';
import type { IdentifierSpelling } from './identifier-spelling.js';

const CAPITAL_N = 78;

/** Rows that are never sent, by reason: every row of a duplicated identifier, as runs count them. */
export type InvalidRowCounts = Partial<Record<InvalidRowReason, number>>;

/** Looks through the identifiers of a segment: lines of COPY text that hold nothing else, in order. */
export async function countInvalidIdentifiers(
  identifiers: AsyncIterable<Buffer>,
  { fault }: IdentifierRule,
  spelling: IdentifierSpelling,
): Promise<InvalidRowCounts> {
  const lines = new LineStream(identifiers);
  const counts: InvalidRowCounts = {};
  const add = (reason: InvalidRowReason, rows: number): void => {
    counts[reason] = (counts[reason] ?? 0) + rows;
  };
  let key: Buffer | undefined;
  let repeats = 0;
  const closeKey = (): void => {
    if (!key) return;
    const identifier = key.toString('utf8');
    spelling.add(identifier);
    const reason = fault(identifier) ?? (repeats > 1 ? 'duplicate_identifier' : undefined);
    if (reason !== undefined) add(reason, repeats);
  };
  while (lines.hasLine || (await lines.fill())) {
    const { buffer, start } = lines;
    lines.start = lines.lineEnd();
    if (buffer[start] === BACKSLASH && buffer[start + 1] === CAPITAL_N) {
      add('null_identifier', 1);
      continue;
    }
    const next = keyOf(buffer, start);
    if (key?.equals(next)) {
      repeats++;
      continue;
    }
    closeKey();
    key = Buffer.from(next); // lines are valid until the next fill
    repeats = 1;
  }
  closeKey();
  return counts;
}
