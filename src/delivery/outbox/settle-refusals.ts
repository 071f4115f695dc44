import type { AttributeRule } from '../../activation/rendering.js';
import { addColumn, countColumns, maskBytes } from '../../lines/column-mask.js';
import { endOfKey } from '../../lines/keys.js';
import { owedBytes, RowState } from '../../snapshot/chunks/owed-rows.js';
import type { SendChunkRows } from '../../snapshot/chunks/rows.js';
import { RowComparison } from '../../snapshot/diff/compare-rows.js';
import { hashOfSentValues } from '../../snapshot/diff/sent-values.js';

/** What one target refused of a row. */
export interface RefusedRow {
  row: number;
  /** Of the destination, as the definitions name it: an app. */
  target: string;
  /** As the destination gave it. */
  code: string;
  /** Of the attribute (from 0); left out, the whole contact. */
  column?: number;
}

/** A refusal as it is recorded. */
export interface RecordedRefusal extends RefusedRow {
  /** Of all that is owed of the row: see `hashOfSentValues`. */
  valuesHash: Buffer;
}

/** What an acknowledgement stores of a chunk. */
export interface Settlement {
  /** null when every target accepted every row. */
  owed: Buffer | null;
  accepted: number;
  /** Contacts of which any target refused anything. */
  rejected: number;
  /** Attributes accepted by every target. */
  attributesSent: number;
  /** Invalid values that do not stand in the snapshot after all, because their contact is not in it; a column each. */
  absentInvalidValues: number[];
  refusals: RecordedRefusal[];
}

/**
 * What each row is worth once every target has answered. What any target has refused is owed: the attributes that it named,
 * or all that the row carried. A new contact that every target refused whole is not in the snapshot.
 */
export function settleRefusals(
  rows: SendChunkRows,
  rules: readonly AttributeRule[],
  refused: readonly RefusedRow[],
  targets: number,
): Settlement {
  const refusalsByRow = new Map<number, RefusedRow[]>();
  for (const refusal of refused) refusalsByRow.set(refusal.row, [...(refusalsByRow.get(refusal.row) ?? []), refusal]);

  let attributesSent = 0;
  for (let row = 0; row < rows.count; row++) if (!refusalsByRow.has(row)) attributesSent += rows.carriedCount(row);

  const settlement: Settlement = {
    owed: refusalsByRow.size === 0 ? null : Buffer.alloc(rows.count * owedBytes(rows.columns)),
    accepted: rows.count - refusalsByRow.size,
    rejected: refusalsByRow.size,
    attributesSent,
    absentInvalidValues: rules.map(() => 0),
    refusals: [],
  };
  const comparison = new RowComparison(rules);
  for (const [row, refusals] of refusalsByRow) {
    const owed = owedOf(rows, row, refusals);
    const valuesHash = valuesHashOf(rows, rules, row, owed);
    settlement.refusals.push(...refusals.map((refusal) => ({ ...refusal, valuesHash })));
    settlement.attributesSent += acceptedCount(rows, row, owed);
    const at = row * owedBytes(rows.columns);
    if (rows.isNew(row) && refusedWholeBy(refusals) === targets) {
      settlement.owed![at] = RowState.absent;
      comparison.added(rows.data, endOfKey(rows.data, rows.lineStart(row)) + 1);
      comparison.verdict.invalid.forEach((count, column) => (settlement.absentInvalidValues[column]! += count));
    } else {
      settlement.owed![at] = RowState.owed;
      owed.copy(settlement.owed!, at + 1);
    }
  }
  return settlement;
}

/** The mask of what is owed of a row. A row that is sent whole may owe attributes that it did not carry. */
function owedOf(rows: SendChunkRows, row: number, refusals: readonly RefusedRow[]): Buffer {
  const owed = Buffer.alloc(maskBytes(rows.columns));
  for (const { column } of refusals) {
    if (column === undefined) rows.mask(row).forEach((byte, i) => (owed[i]! |= byte));
    else addColumn(owed, 0, column);
  }
  return owed;
}

/** Attributes that the row carried and that are not owed. */
function acceptedCount(rows: SendChunkRows, row: number, owed: Buffer): number {
  const accepted = Buffer.from(rows.mask(row).map((byte, i) => byte & ~owed[i]!));
  return countColumns(accepted, 0, rows.columns);
}

function refusedWholeBy(refusals: readonly RefusedRow[]): number {
  return new Set(refusals.filter(({ column }) => column === undefined).map(({ target }) => target)).size;
}

function valuesHashOf(rows: SendChunkRows, rules: readonly AttributeRule[], row: number, owed: Buffer): Buffer {
  const line = rows.line(row);
  return hashOfSentValues(rules, line, 0, line.length, owed);
}
