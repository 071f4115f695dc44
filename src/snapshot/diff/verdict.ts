import { addColumn, maskBytes } from '../../lines/column-mask.js';

/** What a row has to send, and how many invalid values it adds or takes away. Reused: it is `clear`ed for the next row. */
export class RowVerdict {
  /** Whether there is anything to send. */
  sends = false;
  /** Columns to send. */
  readonly mask: Buffer;
  /** Whether a column of `invalid` is not 0. */
  hasInvalid = false;
  /** Standing invalid values after the row less before it, a column each: -1, 0 or 1. */
  readonly invalid: Int8Array;
  /** Whether a settled value differs, and the new one is sent. Of a changed row. */
  differs = false;
  /** Columns whose settled value turns null at the destination, a 1 each. Of a row that `differs`. */
  readonly nulled: Uint8Array;

  constructor(columns: number) {
    this.mask = Buffer.alloc(maskBytes(columns));
    this.invalid = new Int8Array(columns);
    this.nulled = new Uint8Array(columns);
  }

  /** By a loop, because a call of `fill` takes longer than so few bytes; what is rarely set is rarely cleared. */
  clear(): void {
    for (let i = 0; i < this.mask.length; i++) this.mask[i] = 0;
    if (this.hasInvalid) this.invalid.fill(0);
    if (this.differs) this.nulled.fill(0);
    this.sends = false;
    this.hasInvalid = false;
    this.differs = false;
  }

  send(column: number): void {
    this.sends = true;
    addColumn(this.mask, 0, column);
  }

  addInvalid(column: number, values: 1 | -1): void {
    this.hasInvalid = true;
    this.invalid[column]! += values;
  }

  /** Sends a value in place of a settled one. */
  replace(column: number, isNull: boolean): void {
    this.send(column);
    this.differs = true;
    if (isNull) this.nulled[column] = 1;
  }
}
