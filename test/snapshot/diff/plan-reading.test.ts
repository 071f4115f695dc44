import { expect, test } from 'vitest';
import { planReading, type EarlierDiff, type ReadingFacts } from '../../../src/snapshot/diff/plan-reading.js';

/** A segment of a million contacts that is read in a second, and of which the last runs have found nothing new. */
const usual: ReadingFacts = {
  checksumUse: 'auto',
  history: { readMs: 1000, checksumMs: null, diffs: [] },
  attempt: 1,
  hasAcknowledged: true,
  lines: 1_000_000,
  memoryBytes: 64 << 20,
  lastDifferingShare: 0,
  isMergeDue: false,
};
const unsorted = { mode: 'unsorted', maxLines: 1_000_000 };
const sorted = { mode: 'sorted' };

test.each<[string, Partial<ReadingFacts>, ReturnType<typeof planReading>['checksum'], object]>([
  ['usual', {}, 'first', unsorted],
  ['the first run, or one after a reset', { hasAcknowledged: false, lines: undefined }, 'none', sorted],
  ['the second attempt of a step', { attempt: 2 }, 'missed', unsorted],
  ['the second attempt of a step that asks for none', { attempt: 2, checksumUse: 'never' }, 'none', unsorted],
  ['an operator who wants no checksums', { checksumUse: 'never' }, 'none', unsorted],
  ['an operator who always wants them', { checksumUse: 'always', history: after('! ! !', 1) }, 'first', unsorted],
  ['always, and nothing to compare with', { checksumUse: 'always', hasAcknowledged: false }, 'none', unsorted],
  ['a segment that is read in no time', { history: after('= = =', 49, 1) }, 'none', unsorted],
  ['another layout, or everything owed', { lines: undefined }, 'first', sorted],
  ['an empty snapshot', { lines: 0 }, 'first', sorted],
  ['once a day', { isMergeDue: true }, 'first', sorted],
  ['a set that does not fit', { lines: 10_000_000 }, 'first', sorted],
  ['no memory for sets', { lines: 100, memoryBytes: 0 }, 'first', sorted],
  ['2% differed', { lastDifferingShare: 0.02 }, 'first', unsorted],
  ['3% differed', { lastDifferingShare: 0.03 }, 'first', sorted],
  ['2% of many differed', { lines: 5_000_000, lastDifferingShare: 0.02 }, 'first', sorted],
  [
    '1% of many differed',
    { lines: 5_000_000, lastDifferingShare: 0.01 },
    'first',
    { mode: 'unsorted', maxLines: 5_000_000 },
  ],
])('%s', (_, facts, checksum, rows) => {
  expect(planReading({ ...usual, ...facts })).toEqual({ checksum, rows });
});

/** Diffs of these kinds, the newest first. */
function after(past: string, readMs: number | null, checksumMs: number | null = null): ReadingFacts['history'] {
  const kinds: Record<string, EarlierDiff> = {
    '=': { foundNothing: true, checksumMatched: null },
    '!': { foundNothing: false, checksumMatched: null },
    // Runs that have asked:
    spared: { foundNothing: true, checksumMatched: true },
    missed: { foundNothing: false, checksumMatched: false },
    misled: { foundNothing: true, checksumMatched: false },
  };
  return { readMs, checksumMs, diffs: past.split(' ').flatMap((kind) => kinds[kind] ?? []) };
}

function isAsked(...history: Parameters<typeof after>): boolean {
  return planReading({ ...usual, history: after(...history) }).checksum === 'first';
}

test('the run after a first one asks for a checksum, which the runs after it can be compared with', () => {
  expect(isAsked('', 1000)).toBe(true);
});

test('nobody asks for the checksum of a segment that is read in no time, or was never timed', () => {
  expect(isAsked('= = =', 49, 1)).toBe(false);
  expect(isAsked('= = =', 50, 1)).toBe(true);
  expect(isAsked('= = =', null)).toBe(false);
});

test('it is asked for as long as reading costs more, times the share of runs that it spares', () => {
  expect(isAsked('spared spared spared =', 1000, 1000)).toBe(true);
  expect(isAsked('spared spared spared =', 1000, 1001)).toBe(false);
  expect(isAsked('missed spared = =', 1000, 750)).toBe(true);
  expect(isAsked('missed spared = =', 1000, 751)).toBe(false);
  expect(isAsked('! ! ! !', 1000, 1)).toBe(false);
});

test('before it was ever asked for, half of the runs have to find nothing', () => {
  expect(isAsked('! =', 1000)).toBe(true);
  expect(isAsked('! ! =', 1000)).toBe(false);
});

test('where the checksum changes although nothing is found, runs that find nothing do not speak for it', () => {
  expect(isAsked('misled = = = =', 1000, 100)).toBe(false);
  expect(isAsked('= = = = misled', 1000, 100)).toBe(false);
  expect(isAsked('spared = = = misled', 1000, 100)).toBe(true);
  expect(isAsked('spared = = = misled', 1000, 300)).toBe(false);
});
