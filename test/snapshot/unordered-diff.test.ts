import { expect, test } from 'vitest';
import { identifierFieldFault } from '../../src/destinations/batch-mep/index.js';
import type { DiffFigures } from '../../src/snapshot/compute-diff.js';
import { Deferrals } from '../../src/snapshot/deferrals.js';
import { computeUnorderedDiff, unorderedBounds } from '../../src/snapshot/unordered-diff.js';
import { type Contact, linesOf, nameAndTier, piecesOf, ruleOf } from './diff-fixture.js';

async function diffOf(
  segment: readonly Contact[],
  snapshot: readonly Contact[],
  maxPileBytes = 1 << 20,
): Promise<{ figures: DiffFigures | undefined; stored: number; snapshotReads: number }> {
  let stored = 0;
  let snapshotReads = 0;
  const count = (): Promise<void> => {
    stored++;
    return Promise.resolve();
  };
  const figures = await computeUnorderedDiff(
    {
      segment: piecesOf(linesOf(segment)),
      rowsRead: () => segment.length,
      snapshot: () => {
        snapshotReads++;
        return piecesOf(linesOf(snapshot));
      },
      rules: nameAndTier.map(ruleOf),
      deferrals: new Deferrals(new Map()),
      identifierFault: identifierFieldFault,
      standingInvalidValues: nameAndTier.map(() => 0),
      limits: { maxRows: 10_000, maxBytes: 1 << 20 },
      maxSnapshotLines: 1_000,
      maxPileBytes,
    },
    { chunk: count, invalidRows: count },
  );
  return { figures, stored, snapshotReads };
}

const contacts = Array.from({ length: 500 }, (_, i): Contact => [`key-${1000 + i}`, `name ${i}`, 'gold']);

test('an unchanged segment, in whatever order it comes, reads the snapshot once', async () => {
  const { figures, stored, snapshotReads } = await diffOf([...contacts].reverse(), contacts);
  expect(figures).toMatchObject({ read: 500, unchanged: 500, known: 500, new: 0, changed: 0, gone: 0 });
  expect([stored, snapshotReads]).toEqual([0, 1]);
});

test('a contact of which one row is as it was and another is not is a duplicate', async () => {
  const { figures } = await diffOf([['key-1001', 'other', null], ...contacts], contacts);
  expect(figures).toMatchObject({
    read: 501,
    unchanged: 499,
    invalidRows: { duplicate_identifier: 2 },
    new: 0,
    changed: 0,
    gone: 0,
    known: 500,
  });
});

test('where more differs than there is room for, nothing is stored and another way is to be taken', async () => {
  const changed = contacts.map(([key]): Contact => [key!, 'another name', 'gold']);
  expect(await diffOf(changed, contacts, 1_000)).toMatchObject({ figures: undefined, stored: 0, snapshotReads: 1 });
  expect(await diffOf([], contacts, 1_000)).toMatchObject({ figures: undefined, stored: 0, snapshotReads: 2 });
});

test('it is tried where the set of lines fits into the memory that it may take, and little differed before', () => {
  expect(unorderedBounds(5_000_000, 0, 64 << 20)).toMatchObject({ maxSnapshotLines: 5_000_000 });
  expect(unorderedBounds(5_000_000, 0.01, 64 << 20)).toBeUndefined();
  expect(unorderedBounds(10_000_000, 0, 64 << 20)).toBeUndefined();
  expect(unorderedBounds(100, 0, 0)).toBeUndefined();
  expect(unorderedBounds(0, 0, 64 << 20)).toBeUndefined();
  expect(unorderedBounds(undefined, 0, 64 << 20)).toBeUndefined();
});
