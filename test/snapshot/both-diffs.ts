import { expect } from 'vitest';
import type { ChangeChunk } from '../../src/snapshot/chunks/chunk.js';
import { computeDiff, type DiffFigures, type DiffInput, type DiffSink } from '../../src/snapshot/diff/merge.js';
import type { Deferrals } from '../../src/snapshot/diff/deferrals.js';
import { type HashedSnapshot, knownLines } from '../../src/snapshot/index/known-lines.js';
import type { LineSet } from '../../src/snapshot/index/line-set.js';
import { computeUnsortedDiff } from '../../src/snapshot/index/unsorted-diff.js';
import { kept } from './diff-fixture.js';
import { hashedLines } from './hashed-lines.js';

/** As for `computeDiff`, but what is read or remembered can be had twice. */
export interface BothInput extends Omit<DiffInput, 'segment' | 'snapshot' | 'rowsRead' | 'deferrals'> {
  /** In the order of the keys. */
  segment: Buffer;
  snapshot: () => AsyncIterable<Buffer>;
  pieces: (lines: Buffer) => AsyncIterable<Buffer>;
  deferrals: () => Promise<Deferrals>;
  /** The snapshot by its stored hashes, where these apply. */
  hashed: HashedSnapshot | undefined;
}

interface Found {
  figures: DiffFigures | undefined;
  chunks: ChangeChunk[];
  invalid: string[];
  deferredIds: number[];
}

/**
 * Computes a diff from the segment in order, and again from its rows in another order: both must store the same chunks and
 * find the same figures. Fills the sink, and returns the figures and the deferrals of the first.
 */
export async function computeBothDiffs(
  { segment, snapshot, pieces, deferrals, hashed, ...shared }: BothInput,
  sink: DiffSink,
): Promise<{ figures: DiffFigures; deferrals: Deferrals }> {
  const rows = splitLines(segment);
  const rowsRead = (): number => rows.length;

  const waiting = await deferrals();
  const ordered = await recorded(waiting, (into) =>
    computeDiff(
      { ...shared, segment: lent(pieces(segment)), snapshot: snapshot(), rowsRead, deferrals: waiting },
      tee(sink, into),
    ),
  );
  const lines = splitLines(await collect(snapshot()));
  if (hashed) expectLines(await knownLines(hashed), lines);
  const waitingToo = await deferrals();
  const unordered = await recorded(waitingToo, (into) =>
    computeUnsortedDiff(
      {
        ...shared,
        segment: lent(pieces(Buffer.concat(inAnotherOrder(rows)))),
        snapshot: hashed ?? hashedLines(lines, shared.hasher),
        rowsRead,
        deferrals: waitingToo,
        maxUnmatchedBytes: 1 << 20,
      },
      into,
    ),
  );
  expect(unordered).toEqual(ordered);
  return { figures: ordered.figures!, deferrals: waiting };
}

/** Says of a set that it holds these lines, each once, and no others. */
function expectLines(known: LineSet | undefined, lines: readonly Buffer[]): void {
  expect(known?.remaining).toBe(lines.length);
  expect(known!.takeAll(Buffer.concat(lines), () => false)).toBe(true);
}

async function recorded(
  deferrals: Deferrals,
  compute: (into: DiffSink) => Promise<DiffFigures | undefined>,
): Promise<Found> {
  const chunks: ChangeChunk[] = [];
  const invalid: string[] = [];
  const figures = await compute({
    chunk: (chunk) => Promise.resolve(void chunks.push(kept(chunk))),
    invalidRows: ({ data }) => Promise.resolve(void invalid.push(...data.toString().split('\n'))),
  });
  return { figures, chunks, invalid, deferredIds: [...deferrals.deferredIds] };
}

function tee(first: DiffSink, second: DiffSink): DiffSink {
  return {
    chunk: (chunk) => second.chunk({ ...chunk, release: () => undefined }).then(() => first.chunk(chunk)),
    invalidRows: (block) => second.invalidRows(block).then(() => first.invalidRows(block)),
  };
}

/** Every third row, then every third of the rest, and so on: never the order of the keys, always the same. */
function inAnotherOrder(rows: readonly Buffer[]): Buffer[] {
  return [2, 0, 1].flatMap((rest) => rows.filter((_, i) => i % 3 === rest).reverse());
}

/** As a connection to a source gives pieces: each only until the next one is asked for, when its memory is used again. */
async function* lent(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    const copy = Buffer.from(piece);
    yield copy;
    copy.fill(0);
  }
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

/** One by one. */
export function splitLines(lines: Buffer): Buffer[] {
  const rows: Buffer[] = [];
  for (let start = 0; start < lines.length;) {
    const end = lines.indexOf('\n', start) + 1;
    rows.push(lines.subarray(start, end));
    start = end;
  }
  return rows;
}
