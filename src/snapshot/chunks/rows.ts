import { NEWLINE } from '../../lines/format.js';
import { type ChunkRows, flagBytes, Operation } from './chunk.js';
import { keyOf } from '../../lines/keys.js';
import { countColumns, hasColumn, maskBytes } from '../../lines/column-mask.js';

/** The rows of a chunk by number, as they are sent. */
export class SendChunkRows {
  readonly count: number;
  readonly columns: number;
  readonly data: Buffer;
  readonly flags: Buffer;
  private readonly lineStarts: Uint32Array;
  private readonly flagBytes: number;

  constructor(rows: ChunkRows, columns: number) {
    this.count = rows.rowCount;
    this.columns = columns;
    this.data = rows.data;
    this.flags = rows.flags;
    this.flagBytes = flagBytes(columns);
    this.lineStarts = new Uint32Array(rows.rowCount + 1);
    for (let row = 0, at = 0; row < rows.rowCount; row++) {
      at = rows.data.indexOf(NEWLINE, at) + 1;
      this.lineStarts[row + 1] = at;
    }
  }

  /** Where the row's line starts in `data`; the end of all lines for the row after the last. */
  lineStart(row: number): number {
    return this.lineStarts[row]!;
  }

  /** The row's line, without its newline. */
  line(row: number): Buffer {
    return this.data.subarray(this.lineStarts[row], this.lineStarts[row + 1]! - 1);
  }

  /** The row's identifier: its own bytes. */
  key(row: number): Buffer {
    return keyOf(this.data, this.lineStarts[row]!);
  }

  carries(row: number, column: number): boolean {
    return hasColumn(this.flags, row * this.flagBytes + 1, column);
  }

  carriedCount(row: number): number {
    return countColumns(this.flags, row * this.flagBytes + 1, this.columns);
  }

  /** The mask of the columns that the row carries. */
  mask(row: number): Buffer {
    const start = row * this.flagBytes + 1;
    return this.flags.subarray(start, start + maskBytes(this.columns));
  }

  isNew(row: number): boolean {
    return this.flags[row * this.flagBytes] === Operation.new;
  }
}
