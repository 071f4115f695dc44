import type { InvalidRowReason } from '../../activation/rendering.js';

const BLOCK_ROWS = 4000;
const BLOCK_BYTES = 1 << 20;
/** A longer identifier is kept cut: it is shown to people only. */
const SHOWN_BYTES = 1024;

/** Counts the rows that a diff leaves out and gathers them into blocks of lines: reason, identifier as COPY text. */
export class InvalidRows {
  readonly counts: Partial<Record<InvalidRowReason, number>> = {};
  private readonly store: (block: { seq: number; rowCount: number; data: Buffer }) => void;
  private pieces: Buffer[] = [];
  private bytes = 0;
  private rowCount = 0;
  private seq = 0;

  constructor(store: (block: { seq: number; rowCount: number; data: Buffer }) => void) {
    this.store = store;
  }

  add(reason: InvalidRowReason, line: Buffer, start: number, keyEnd: number): void {
    this.counts[reason] = (this.counts[reason] ?? 0) + 1;
    const head = Buffer.from(`${reason}\t`);
    const identifier = line.subarray(start, Math.min(keyEnd, start + SHOWN_BYTES));
    this.pieces.push(head, Buffer.from(identifier), NEWLINE_BYTES);
    this.bytes += head.length + identifier.length + 1;
    this.rowCount++;
    if (this.rowCount >= BLOCK_ROWS || this.bytes >= BLOCK_BYTES) this.flush();
  }

  flush(): void {
    if (this.rowCount === 0) return;
    const block = { seq: ++this.seq, rowCount: this.rowCount, data: Buffer.concat(this.pieces, this.bytes) };
    this.pieces = [];
    this.bytes = 0;
    this.rowCount = 0;
    this.store(block);
  }
}

const NEWLINE_BYTES = Buffer.from('\n');
