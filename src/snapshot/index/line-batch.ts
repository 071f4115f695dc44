import { NEWLINE } from '../../lines/format.js';
import type { LineHash, LineHasher } from './line-hash.js';

/** At most. */
export const BATCH_LINES = 1024;

/** Some lines that follow one another, and their hashes. */
export class LineBatch {
  count = 0;
  /** Where each line ends, after its newline. */
  readonly ends = new Int32Array(BATCH_LINES);
  /** The halves of its hash. */
  readonly low = new Int32Array(BATCH_LINES);
  readonly high = new Int32Array(BATCH_LINES);
  private readonly hasher: LineHasher;
  private readonly hash: LineHash = { low: 0, high: 0 };

  constructor(hasher: LineHasher) {
    this.hasher = hasher;
  }

  /** The lines from `start` on: so many, or those that there are. */
  fill(lines: Buffer, start: number): void {
    const { hasher, hash } = this;
    let count = 0;
    for (let at = start; at < lines.length && count < BATCH_LINES; count++) {
      const end = lines.indexOf(NEWLINE, at) + 1;
      hasher.hash(lines, at, end, hash);
      this.ends[count] = end;
      this.low[count] = hash.low;
      this.high[count] = hash.high;
      at = end;
    }
    this.count = count;
  }
}
