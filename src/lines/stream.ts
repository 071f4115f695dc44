import { NEWLINE } from './format.js';
import { OutflowError } from '../activation/errors.js';

/** Longest line that is read, bytes. A longer row would make memory depend on the data. */
const MAX_LINE_BYTES = 1 << 20;

/**
 * A stream of COPY text as a window of whole lines: `buffer[start..end)` always ends with a newline. It is valid until the next
 * `fill`, which may read into the same memory.
 */
export class LineStream {
  buffer: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  /** Whether a `fill` has met the end of the stream. */
  hasEnded = false;
  private tail: Buffer[] = [];
  private tailBytes = 0;
  private readonly chunks: AsyncIterator<Buffer>;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  get hasLine(): boolean {
    return this.start < this.end;
  }

  /** Where the first line of the window ends, after its newline. */
  lineEnd(): number {
    return this.buffer.indexOf(NEWLINE, this.start) + 1;
  }

  /** Replaces an emptied window by the next one; false at the end of the stream. */
  async fill(): Promise<boolean> {
    for (;;) {
      const next = await this.chunks.next();
      if (next.done) {
        if (this.tailBytes > 0) throw new Error('the stream ends within a line');
        this.hasEnded = true;
        return false;
      }
      const chunk = next.value;
      const cut = chunk.lastIndexOf(NEWLINE) + 1;
      if (cut === 0) {
        this.keep(chunk);
        continue;
      }
      if (this.tailBytes > 0) {
        this.tail.push(chunk.subarray(0, cut));
        this.buffer = Buffer.concat(this.tail, this.tailBytes + cut);
        this.tail = [];
        this.tailBytes = 0;
      } else {
        this.buffer = cut === chunk.length ? chunk : chunk.subarray(0, cut);
      }
      if (cut < chunk.length) this.keep(chunk.subarray(cut));
      this.start = 0;
      this.end = this.buffer.length;
      return true;
    }
  }

  /** Ends the stream before its end and releases what it reads from. */
  async close(): Promise<void> {
    await this.chunks.return?.();
  }

  private keep(rest: Buffer): void {
    this.tail.push(Buffer.from(rest));
    this.tailBytes += rest.length;
    if (this.tailBytes > MAX_LINE_BYTES) {
      throw new OutflowError(
        'SegmentInvalid',
        `The segment has a row of more than ${MAX_LINE_BYTES / 1024} kB.`,
        'Select fewer or shorter columns: a destination takes short values only.',
      );
    }
  }
}
