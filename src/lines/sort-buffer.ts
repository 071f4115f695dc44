import { NEWLINE } from './format.js';
import { compareLineKeys, isNullKey } from './keys.js';

const FIRST_BYTES = 1 << 16;

/** Lines that are put aside one by one, up to a limit, and read in the order of their keys. */
export class SortBuffer {
  private readonly maxBytes: number;
  private data: Buffer = Buffer.allocUnsafe(FIRST_BYTES);
  private bytes = 0;
  private starts: number[] = [];

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** A line with its newline is `source[start..end)`. False when there is no room for it: nothing was added. */
  add(source: Buffer, start: number, end: number): boolean {
    const needed = this.bytes + end - start;
    if (needed > this.maxBytes) return false;
    if (needed > this.data.length) {
      const larger = Buffer.allocUnsafe(Math.max(2 * this.data.length, needed));
      this.data.copy(larger, 0, 0, this.bytes);
      this.data = larger;
    }
    this.starts.push(this.bytes);
    source.copy(this.data, this.bytes, start, end);
    this.bytes = needed;
    return true;
  }

  /** All lines in the order of their keys, those without one last; of equal keys, in the order in which they were added. */
  sorted(): Buffer {
    const { data } = this;
    const order = this.starts.sort((a, b) => {
      const withoutKey = Number(isNullKey(data, a)) - Number(isNullKey(data, b));
      return withoutKey || compareLineKeys(data, a, data, b) || a - b;
    });
    const pieces = order.map((start) => data.subarray(start, data.indexOf(NEWLINE, start) + 1));
    return Buffer.concat(pieces, this.bytes);
  }
}

/** Sorted lines, each once. */
export function distinctLines(sorted: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let start = 0; start < sorted.length;) {
    const line = sorted.subarray(start, sorted.indexOf(NEWLINE, start) + 1);
    if (!pieces.at(-1)?.equals(line)) pieces.push(line);
    start += line.length;
  }
  return Buffer.concat(pieces);
}

/** All lines of both, in the order of their keys. */
export function sortedTogether(a: Buffer, b: Buffer): Buffer {
  if (a.length === 0) return b;
  const pile = new SortBuffer(a.length + b.length);
  for (const lines of [a, b]) {
    for (let start = 0; start < lines.length;) {
      const end = lines.indexOf(NEWLINE, start) + 1;
      pile.add(lines, start, end);
      start = end;
    }
  }
  return pile.sorted();
}
