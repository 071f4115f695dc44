import { endOfField, NEWLINE, OWED, TAB } from './format.js';
import { endOfKey } from './keys.js';

const BUFFER_BYTES = 1 << 17;

/** Where one column of a written line comes from: a column of the line at hand, or nowhere, which reads as owed. */
export type Projection = readonly number[];

/** Gathers whole lines in buffers of about 128 kB, so that nothing downstream sees small pieces. */
export class LineWriter {
  private buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  private length = 0;
  private readonly starts: number[] = [];

  get isFull(): boolean {
    return this.length >= BUFFER_BYTES;
  }

  get isEmpty(): boolean {
    return this.length === 0;
  }

  /** Lines as they are. */
  copy(source: Buffer, start: number, end: number): void {
    this.reserve(end - start);
    this.length += source.copy(this.buffer, this.length, start, end);
  }

  /** One line in another layout; the columns for which `owes` is true read as owed. */
  project(source: Buffer, start: number, end: number, projection: Projection, owes: (column: number) => boolean): void {
    this.reserve(end - start + 3 * projection.length + 1);
    const keyEnd = endOfKey(source, start);
    this.length += source.copy(this.buffer, this.length, start, keyEnd);
    const starts = this.fieldStarts(source, keyEnd, end);
    for (let column = 0; column < projection.length; column++) {
      this.buffer[this.length++] = TAB;
      const from = projection[column]!;
      const fieldStart = from < 0 ? undefined : starts[from];
      if (fieldStart === undefined || owes(column)) {
        this.length += OWED.copy(this.buffer, this.length);
      } else {
        this.length += source.copy(this.buffer, this.length, fieldStart, endOfField(source, fieldStart, end));
      }
    }
    this.buffer[this.length++] = NEWLINE;
  }

  /** The lines gathered so far; the writer starts a new buffer. */
  take(): Buffer {
    const lines = this.buffer.subarray(0, this.length);
    this.buffer = Buffer.allocUnsafe(BUFFER_BYTES);
    this.length = 0;
    return lines;
  }

  private fieldStarts(source: Buffer, keyEnd: number, end: number): number[] {
    const { starts } = this;
    starts.length = 0;
    for (let at = keyEnd; at < end && source[at] === TAB;) {
      starts.push(at + 1);
      at = endOfField(source, at + 1, end);
    }
    return starts;
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.buffer.length, this.length + bytes));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}
