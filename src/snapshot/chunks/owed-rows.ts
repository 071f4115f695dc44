import { maskBytes } from '../../lines/column-mask.js';

/** What an acknowledgement says of a row of its chunk. Stored as a byte, followed by a mask of the attributes owed. */
export const RowState = {
  /** Everything it carried is settled. */
  settled: 0,
  /** The attributes of the mask are owed. */
  owed: 1,
  /** A new contact that every API key refused: it is not in the snapshot. */
  absent: 2,
} as const;

/** Bytes of the `owed` column a row, for a layout with this many columns. */
export function owedBytes(columns: number): number {
  return 1 + maskBytes(columns);
}
