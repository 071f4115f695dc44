import { NEWLINE } from '../../lines/format.js';
import { OutflowError } from '../../activation/errors.js';
import type { InvalidRowReason } from '../../activation/rendering.js';
import { compareLineKeys } from '../../lines/keys.js';

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

  /** Whether the line that starts at `start` has the same key. Throws SourceOutOfOrder for one that is below it. */
  hasKeyOf(buffer: Buffer, start: number): boolean {
    const order = this.buffer ? compareLineKeys(buffer, start, this.buffer, this.start) : 1;
    if (order < 0) throw outOfOrder();
    return order === 0;
  }

  /** Depends on no buffer any more. */
  detach(): void {
    if (this.buffer === undefined) return;
    const { buffer, start } = this;
    this.set(Buffer.from(buffer.subarray(start, buffer.indexOf(NEWLINE, start) + 1)), 0);
  }
}

function outOfOrder(): OutflowError {
  return new OutflowError(
    'SourceOutOfOrder',
    'The source returned an identifier that is smaller than the one before it.',
    'Check the source\'s server: the order of a collate "C" sort is a guarantee of PostgreSQL; a damaged index is a known cause (reindex it).',
  );
}
