import { Operation } from './change-chunk.js';
import type { RowComparison } from './compare-rows.js';

/** A new or changed row that waits for the next key. */
export class HeldRow {
  isSet = false;
  operation: Operation = Operation.new;
  sends = false;
  buffer: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  /** These as the comparison found them: see `RowComparison`. */
  readonly mask: Buffer;
  readonly invalid: Int8Array;
  differs = false;
  readonly nulled: Uint8Array;
  private readonly row: RowComparison;

  constructor(row: RowComparison) {
    this.row = row;
    this.mask = Buffer.alloc(row.mask.length);
    this.invalid = new Int8Array(row.invalid.length);
    this.nulled = new Uint8Array(row.nulled.length);
  }

  set(operation: Operation, sends: boolean, buffer: Buffer, start: number, end: number): void {
    this.isSet = true;
    this.operation = operation;
    this.sends = sends;
    this.buffer = buffer;
    this.start = start;
    this.end = end;
    this.row.mask.copy(this.mask);
    this.invalid.set(this.row.invalid);
    this.differs = this.row.differs;
    this.nulled.set(this.row.nulled);
  }

  clear(): void {
    this.isSet = false;
  }
}
