import { NEWLINE } from '../activation/copy-text.js';
import type { InvalidRowReason } from '../activation/rendering.js';
import { compareLineKeys } from './line-keys.js';

/**
 * The row of a segment before the one at hand, and what has become of it: rows of the same identifier follow one another. By
 * where its line starts, since a view of its key would be an object a row.
 */
export class PreviousRow {
  is: 'none' | 'unchanged' | 'held' | 'duplicate' | 'invalid' = 'none';
  /** Why it is invalid. */
  reason: InvalidRowReason | undefined;
  private buffer: Buffer | undefined;
  private start = 0;

  /** The line that starts at `start`. The buffer must stay as it is until `detach`. */
  set(buffer: Buffer, start: number): void {
    this.buffer = buffer;
    this.start = start;
  }

  /** Where the key of the line that starts at `start` stands: 0 if it is the same, above 0 if it is above. */
  order(buffer: Buffer, start: number): number {
    return this.buffer ? compareLineKeys(buffer, start, this.buffer, this.start) : 1;
  }

  /** Depends on no buffer any more. */
  detach(): void {
    if (this.buffer === undefined) return;
    const { buffer, start } = this;
    this.set(Buffer.from(buffer.subarray(start, buffer.indexOf(NEWLINE, start) + 1)), 0);
  }
}
