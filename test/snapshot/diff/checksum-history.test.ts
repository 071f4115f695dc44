import { expect, test } from 'vitest';
import { checksumPays, type EarlierDiff } from '../../../src/snapshot/diff/checksum-history.js';

const kinds: Record<string, EarlierDiff> = {
  '=': { foundNothing: true, checksumMatched: null },
  '!': { foundNothing: false, checksumMatched: null },
  // Of runs that have asked:
  spared: { foundNothing: true, checksumMatched: true },
  missed: { foundNothing: false, checksumMatched: false },
  misled: { foundNothing: true, checksumMatched: false },
};

/** After diffs of these kinds, the newest first. */
function pays(past: string, readMs: number | null, checksumMs: number | null = null): boolean {
  const diffs = past.split(' ').flatMap((kind) => kinds[kind] ?? []);
  return checksumPays({ readMs, checksumMs, diffs });
}

test('the run after a first one asks for a checksum, which the runs after it can be compared with', () => {
  expect(pays('', 1000)).toBe(true);
});

test('nobody asks for the checksum of a segment that is read in no time, or was never timed', () => {
  expect(pays('= = =', 49, 1)).toBe(false);
  expect(pays('= = =', 50, 1)).toBe(true);
  expect(pays('= = =', null)).toBe(false);
});

test('it is asked for as long as reading costs more, times the share of runs that it spares', () => {
  expect(pays('spared spared spared =', 1000, 1000)).toBe(true);
  expect(pays('spared spared spared =', 1000, 1001)).toBe(false);
  expect(pays('missed spared = =', 1000, 750)).toBe(true);
  expect(pays('missed spared = =', 1000, 751)).toBe(false);
  expect(pays('! ! ! !', 1000, 1)).toBe(false);
});

test('before it was ever asked for, half of the runs have to find nothing', () => {
  expect(pays('! =', 1000)).toBe(true);
  expect(pays('! ! =', 1000)).toBe(false);
});

test('where the checksum changes although nothing is found, runs that find nothing do not speak for it', () => {
  expect(pays('misled = = = =', 1000, 100)).toBe(false);
  expect(pays('= = = = misled', 1000, 100)).toBe(false);
  expect(pays('spared = = = misled', 1000, 100)).toBe(true);
  expect(pays('spared = = = misled', 1000, 300)).toBe(false);
});
