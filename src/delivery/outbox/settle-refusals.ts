import type { AttributeRule } from '../../activation/rendering.js';
import { owedBytes, RowState } from '../../snapshot/chunks/owed-rows.js';
import { RowComparison } from '../../snapshot/diff/compare-rows.js';
import { endOfKey } from '../../lines/keys.js';
import type { SendChunkRows } from '../../snapshot/chunks/rows.js';
import { hashOfSentValues } from '../../snapshot/diff/sent-values.js';

/** What the destination refused of a row: a whole contact, by one target. */
export interface RefusedRow {
  row: number;
  /** Of the destination, as the definitions name it: an app. */
  target: string;
  /** As the destination gave it. */
  code: string;
}

/** A refusal as it is recorded. */
export interface RecordedRefusal extends RefusedRow {
  /** Of what was refused: see `hashOfSentValues`. */
  valuesHash: Buffer;
}

/** What an acknowledgement stores of a chunk. */
export interface Settlement {
  /** null when every target accepted every row. */
  owed: Buffer | null;
  accepted: number;
  rejected: number;
  /** Attributes accepted by every target. */
  attributesSent: number;
  /** Invalid values that do not stand in the snapshot after all, because their contact is not in it; a column each. */
  absentInvalidValues: number[];
  refusals: RecordedRefusal[];
}

/**
 * What each row is worth once every target has answered. Refused by any target: all that the row carried is owed.
 * A new contact refused by every target is not in the snapshot.
 */
export function settleRefusals(
  rows: SendChunkRows,
  rules: readonly AttributeRule[],
  refused: readonly RefusedRow[],
  targets: number,
): Settlement {
  const refusalsByRow = new Map<number, number>();
  for (const { row } of refused) refusalsByRow.set(row, (refusalsByRow.get(row) ?? 0) + 1);

  let attributesSent = 0;
  for (let row = 0; row < rows.count; row++) if (!refusalsByRow.has(row)) attributesSent += rows.carriedCount(row);

  const settlement: Settlement = {
    owed: refusalsByRow.size === 0 ? null : Buffer.alloc(rows.count * owedBytes(rows.columns)),
    accepted: rows.count - refusalsByRow.size,
    rejected: refusalsByRow.size,
    attributesSent,
    absentInvalidValues: rules.map(() => 0),
    refusals: refused.map((refusal) => ({ ...refusal, valuesHash: valuesHashOf(rows, rules, refusal.row) })),
  };
  const comparison = new RowComparison(rules);
  for (const [row, refusals] of refusalsByRow) {
    const at = row * owedBytes(rows.columns);
    if (refusals === targets && rows.isNew(row)) {
      settlement.owed![at] = RowState.absent;
      comparison.added(rows.data, endOfKey(rows.data, rows.lineStart(row)) + 1);
      comparison.verdict.invalid.forEach((count, column) => (settlement.absentInvalidValues[column]! += count));
    } else {
      settlement.owed![at] = RowState.owed;
      rows.mask(row).copy(settlement.owed!, at + 1);
    }
  }
  return settlement;
}

function valuesHashOf(rows: SendChunkRows, rules: readonly AttributeRule[], row: number): Buffer {
  const line = rows.line(row);
  return hashOfSentValues(rules, line, 0, line.length, rows.mask(row));
}
