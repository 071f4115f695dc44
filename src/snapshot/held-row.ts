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
  readonly mask: Buffer;
  readonly invalid: Int8Array;
  private readonly row: RowComparison;

  constructor(row: RowComparison) {
    this.row = row;
    this.mask = Buffer.alloc(row.mask.length);
    this.invalid = new Int8Array(row.invalid.length);
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
  }

  clear(): void {
    this.isSet = false;
  }
}
