import type { Reading, SegmentChecksum } from '../sources/source.js';
import { repeatedDiff, type RepeatedDiff } from '../snapshot/diff/repeated-diff.js';
import { type Comparison, extractOf } from './comparison.js';

/** What the source was asked of the rows that a run would read, and has told. */
export interface ChecksumRead {
  /** undefined when it did not compute it. */
  checksum: SegmentChecksum | undefined;
  /** How long it took. */
  checksumMs: number;
  /** Whether that has spared the reading; null when there was nothing to compare it with. */
  checksumMatched: boolean | null;
  /** What the run finds, if so. */
  repeated: RepeatedDiff | undefined;
}

export async function readChecksum(comparison: Comparison, reading: Reading): Promise<ChecksumRead> {
  const { run, client, bound, view } = comparison;
  const startedAt = performance.now();
  const checksum = await reading.checksum(extractOf(comparison), view.checksumSeed);
  const checksumMs = Math.round(performance.now() - startedAt);
  if (checksum === undefined) return { checksum, checksumMs, checksumMatched: false, repeated: undefined };

  const before = await repeatedDiff(client, run, view, bound.layout);
  const isTheSame = before?.checksum === checksum.sum && before.figures.read === checksum.rows;
  return { checksum, checksumMs, checksumMatched: before ? isTheSame : null, repeated: isTheSame ? before : undefined };
}
