import { Operation } from '../chunks/chunk.js';
import type { LineHash } from '../index/line-hash.js';
import type { RowComparison } from './compare-rows.js';
import { RowVerdict } from './verdict.js';

/** A new or changed row that waits for the next key. */
export class PendingRow {
  isSet = false;
  operation: Operation = Operation.new;
  buffer: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  verdict: RowVerdict;
  /** Of the line that a changed row takes the place of. */
  readonly replaced: LineHash = { low: 0, high: 0 };

  constructor(columns: number) {
    this.verdict = new RowVerdict(columns);
  }

  /** Takes the verdict over from the comparison, which gets the one before for the next row: cheaper than a copy. */
  set(operation: Operation, row: RowComparison, buffer: Buffer, start: number, end: number): void {
    this.isSet = true;
    this.operation = operation;
    this.buffer = buffer;
    this.start = start;
    this.end = end;
    const free = this.verdict;
    this.verdict = row.verdict;
    row.verdict = free;
  }

  /** Depends on no buffer of the segment any more. */
  detach(): void {
    if (!this.isSet) return;
    this.buffer = Buffer.from(this.buffer.subarray(this.start, this.end));
    this.end -= this.start;
    this.start = 0;
  }

  clear(): void {
    this.isSet = false;
  }
}
