import { computeDiff, type DiffFigures, type DiffInput, type DiffSink } from '../diff/merge.js';
import { type HashedSnapshot, knownLines } from './known-lines.js';
import { unmatchedLines } from './unmatched-lines.js';
import { SortBuffer } from '../../lines/sort-buffer.js';
import type { LineSet } from './line-set.js';
import { LineStream } from '../../lines/stream.js';

export interface UnorderedDiffInput extends Omit<DiffInput, 'segment' | 'snapshot'> {
  /** The segment's rows as COPY text, in whatever order. */
  segment: AsyncIterable<Buffer>;
  /** Its hashes are read; of its lines those that differ. */
  snapshot: HashedSnapshot;
  /** Of lines that differ, bytes of each side. */
  maxUnmatchedBytes: number;
}

/** Most bytes of lines that differ, on each side: some 100,000 lines. */
export const MAX_UNMATCHED_BYTES = 16 << 20;

/**
 * The diff of a segment that is read without a sort, for segments whose set of lines fits into memory. A row whose whole
 * line stands in the snapshot has not changed, and is forgotten at once; the few that are left on both sides are sorted
 * and merged as `computeDiff` does it, into the same chunks and figures. undefined, with nothing stored, when more
 * differs than there is room for, or the set does not fit the snapshot.
 *
 * A changed line whose hash equals that of another line of the snapshot would be missed, once in 2^64 pairs; the next diff
 * that compares the lines themselves finds it, within a day.
 */
export async function computeUnsortedDiff(input: UnorderedDiffInput, sink: DiffSink): Promise<DiffFigures | undefined> {
  const compared = await compareLines(input);
  if (compared === undefined) return undefined;
  const unmatched = await unmatchedLines(
    input.snapshot,
    compared.known,
    compared.differing.sorted(),
    input.maxUnmatchedBytes,
  );
  if (unmatched === undefined) return undefined;

  const figures = await computeDiff(
    {
      ...input,
      segment: once(unmatched.segment),
      snapshot: once(unmatched.snapshot),
      rowsRead: () => unmatched.segmentLines,
    },
    sink,
  );
  const passed = input.rowsRead() - unmatched.segmentLines;
  return {
    ...figures,
    read: figures.read + passed,
    unchanged: figures.unchanged + passed,
    known: figures.known + passed,
    knownAfter: figures.knownAfter + passed,
  };
}

/** Takes the rows of the segment out of the set; those that are not in it, or as often as they are not, differ. */
async function compareLines(input: UnorderedDiffInput): Promise<{ known: LineSet; differing: SortBuffer } | undefined> {
  const known = await knownLines(input.snapshot);
  if (known === undefined) return undefined;
  const differing = new SortBuffer(input.maxUnmatchedBytes);
  const stream = new LineStream(input.segment);
  try {
    while (await stream.fill()) {
      const { buffer } = stream;
      if (!known.takeAll(buffer, (start, end) => differing.add(buffer, start, end))) return undefined;
    }
  } finally {
    await stream.close();
  }
  return { known, differing };
}

async function* once(buffer: Buffer): AsyncGenerator<Buffer> {
  await Promise.resolve();
  if (buffer.length > 0) yield buffer;
}
