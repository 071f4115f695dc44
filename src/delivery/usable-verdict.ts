import type { RefusedRow, Verdict } from '../destinations/destination.js';
import type { Leaving } from './exchange.js';

/**
 * The verdict on a call, if it names rows and attributes of that call alone. An answer that names others is about another
 * call, or about nothing: it acknowledges nobody, and the call is sent again. `sends`: whether the call of a row of the chunk
 * holds a value for the column (both from 0).
 */
export function usableVerdict(
  verdict: Verdict,
  { from, to }: Leaving,
  sends: (row: number, column: number) => boolean,
): Verdict {
  const isRow = (row: number): boolean => Number.isInteger(row) && row >= 0 && row < to - from;
  const isSent = ({ row, columns }: RefusedRow): boolean =>
    isRow(row) &&
    (columns === undefined || (columns.length > 0 && columns.every((column) => sends(from + row, column))));
  const named =
    (verdict.kind === 'taken' && verdict.refused) ||
    (verdict.kind === 'refused' && verdict.rows?.map((row) => ({ row, refusal: verdict.refusal }))) ||
    [];
  return named.every(isSent) ? verdict : { kind: 'unavailable', reason: 'the answer names what was not sent' };
}
