import { type BuiltChunk, type ChunkKind, flagBytes, type Operation } from './chunk.js';
import { ChunkLines } from './chunk-lines.js';
import { HASH_BYTES, type LineHash, writeHash } from '../index/line-hash.js';
import { keyOf } from '../../lines/keys.js';
import type { RowVerdict } from '../diff/verdict.js';

/** Gathers changes into chunks. */
export class ChunkBuilder {
  private readonly kind: ChunkKind;
  private readonly columns: number;
  private readonly maxRows: number;
  private readonly maxBytes: number;
  private readonly flagBytes: number;
  private seq = 0;
  private rowCount = 0;
  private flags: Buffer;
  private readonly lines = new ChunkLines();
  private invalidValues: number[];
  private readonly replaced: Buffer;
  private replacesAny = false;

  constructor(kind: ChunkKind, columns: number, limits: { maxRows: number; maxBytes: number }) {
    this.kind = kind;
    this.columns = columns;
    this.maxRows = limits.maxRows;
    this.maxBytes = limits.maxBytes;
    this.flagBytes = flagBytes(columns);
    this.flags = Buffer.alloc(this.flagBytes * limits.maxRows);
    this.invalidValues = new Array<number>(columns).fill(0);
    this.replaced = Buffer.alloc(HASH_BYTES * limits.maxRows);
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
    return this.rowCount === this.maxRows || (this.rowCount > 0 && this.lines.bytes + lineBytes > this.maxBytes);
  }

  /** A row and its line `source[start..end)`, as `ChunkLines` takes it. */
  add(operation: Operation, source: Buffer, start: number, end: number, verdict: RowVerdict): void {
    const { mask, hasInvalid, invalid } = verdict;
    const flagsAt = this.rowCount * this.flagBytes;
    this.flags[flagsAt] = operation;
    for (let i = 0; i < mask.length; i++) this.flags[flagsAt + 1 + i] = mask[i]!;
    this.lines.add(source, start, end);
    if (hasInvalid) {
      for (let column = 0; column < this.columns; column++) this.invalidValues[column]! += invalid[column]!;
    }
    this.rowCount++;
  }

  /** Depends on no source of the rows any more. */
  detach(): void {
    this.lines.detach();
  }

  /** Says which line the row added last takes the place of. */
  replaces(line: LineHash): void {
    writeHash(line, this.replaced, (this.rowCount - 1) * HASH_BYTES);
    this.replacesAny = true;
  }

  /** The chunk gathered so far; the builder starts the next one. */
  take(): BuiltChunk {
    const { lastStart } = this.lines;
    const { lines: data, release } = this.lines.take();
    const chunk: BuiltChunk = {
      kind: this.kind,
      seq: ++this.seq,
      rowCount: this.rowCount,
      lastKey: Buffer.from(keyOf(data, lastStart)),
      flags: Buffer.from(this.flags.subarray(0, this.rowCount * this.flagBytes)),
      data,
      replaced: Buffer.from(this.replaced.subarray(0, this.replacesAny ? this.rowCount * HASH_BYTES : 0)),
      invalidValues: this.invalidValues,
      release,
    };
    if (this.replacesAny) this.replaced.fill(0);
    this.replacesAny = false;
    this.rowCount = 0;
    this.invalidValues = new Array<number>(this.columns).fill(0);
    return chunk;
  }
}
