/** A set of columns of a layout, a bit each: which attributes a change carries, or which are owed. */

/** Bytes of a mask for a layout with this many columns. */
export function maskBytes(columns: number): number {
  return (columns + 7) >>> 3;
}

export function hasColumn(masks: Buffer, offset: number, column: number): boolean {
  return (masks[offset + (column >>> 3)]! & (1 << (column & 7))) !== 0;
}

export function addColumn(masks: Buffer, offset: number, column: number): void {
  masks[offset + (column >>> 3)]! |= 1 << (column & 7);
}

export function countColumns(masks: Buffer, offset: number, columns: number): number {
  let count = 0;
  for (let column = 0; column < columns; column++) if (hasColumn(masks, offset, column)) count++;
  return count;
}
