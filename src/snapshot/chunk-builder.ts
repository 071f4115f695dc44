import { NEWLINE } from '../activation/copy-text.js';
import type { BuiltChunk, ChunkKind, Operation } from './change-chunk.js';
import { flagBytes } from './change-chunk.js';
import { keyOf } from './line-keys.js';

const FIRST_DATA_BYTES = 1 << 16;

/**
 * Gathers changes into chunks. Lines are copied: a view would keep the whole buffer that it was read in.
 */
export class ChunkBuilder {
  private readonly kind: ChunkKind;
  private readonly columns: number;
  private readonly maxRows: number;
  private readonly maxBytes: number;
  private readonly flagBytes: number;
  private seq = 0;
  private rowCount = 0;
  private flags: Buffer;
  private data: Buffer = Buffer.allocUnsafe(FIRST_DATA_BYTES);
  private dataBytes = 0;
  private lastLine = 0;
  private invalidValues: number[];

  constructor(kind: ChunkKind, columns: number, limits: { maxRows: number; maxBytes: number }) {
    this.kind = kind;
    this.columns = columns;
    this.maxRows = limits.maxRows;
    this.maxBytes = limits.maxBytes;
    this.flagBytes = flagBytes(columns);
    this.flags = Buffer.alloc(this.flagBytes * limits.maxRows);
    this.invalidValues = new Array<number>(columns).fill(0);
  }

  /** Chunks taken so far. */
  get taken(): number {
    return this.seq;
  }

  get isEmpty(): boolean {
    return this.rowCount === 0;
  }

  /** Whether the chunk must be taken before `lineBytes` more are added. */
  isFull(lineBytes: number): boolean {
    return this.rowCount === this.maxRows || (this.rowCount > 0 && this.dataBytes + lineBytes > this.maxBytes);
  }

  /** `line` is `source[start..end)` with its newline; `mask` the columns carried; `invalid` a change of standing invalid values a column. */
  add(operation: Operation, source: Buffer, start: number, end: number, mask: Buffer, invalid: Int8Array): void {
    const flagsAt = this.rowCount * this.flagBytes;
    this.flags[flagsAt] = operation;
    mask.copy(this.flags, flagsAt + 1);
    this.reserve(end - start + 1);
    this.lastLine = this.dataBytes;
    this.dataBytes += source.copy(this.data, this.dataBytes, start, end);
    if (source[end - 1] !== NEWLINE) this.data[this.dataBytes++] = NEWLINE;
    for (let column = 0; column < this.columns; column++) this.invalidValues[column]! += invalid[column]!;
    this.rowCount++;
  }

  /** The chunk gathered so far; the builder starts the next one. */
  take(): BuiltChunk {
    const chunk: BuiltChunk = {
      kind: this.kind,
      seq: ++this.seq,
      rowCount: this.rowCount,
      lastKey: Buffer.from(keyOf(this.data, this.lastLine)),
      flags: Buffer.from(this.flags.subarray(0, this.rowCount * this.flagBytes)),
      data: Buffer.from(this.data.subarray(0, this.dataBytes)),
      invalidValues: this.invalidValues,
    };
    this.rowCount = 0;
    this.dataBytes = 0;
    this.invalidValues = new Array<number>(this.columns).fill(0);
    return chunk;
  }

  private reserve(bytes: number): void {
    if (this.dataBytes + bytes <= this.data.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.data.length * 2, this.dataBytes + bytes));
    this.data.copy(larger, 0, 0, this.dataBytes);
    this.data = larger;
  }
}
