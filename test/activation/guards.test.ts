import { expect, test } from 'vitest';
import { guardText } from '../../src/text/guard-text.js';
import { defaultGuards, trippedGuards, type GuardFigures, type GuardSettings } from '../../src/activation/guards.js';

/** 10,000 contacts known, read again, and none of them any different. */
const quiet: GuardFigures = {
  acknowledgedBefore: true,
  read: 10_000,
  invalid: 0,
  duplicates: 0,
  known: 10_000,
  gone: 0,
  changed: 0,
  nulled: {},
};

function heldBy(figures: Partial<GuardFigures>, settings: Partial<GuardSettings> = {}): string[] {
  return trippedGuards({ ...defaultGuards, ...settings }, { ...quiet, ...figures }).map(guardText);
}

test('an ordinary run is not held', () => {
  expect(heldBy({})).toEqual([]);
  expect(heldBy({ gone: 400, changed: 9_000, duplicates: 20, invalid: 20, nulled: { tier: 1_000 } })).toEqual([]);
});

test('each guard says what it found and what is allowed', () => {
  expect(heldBy({ gone: 6_100 })).toEqual(['6,100 of 10,000 contacts left the segment; at most 50% may']);
  expect(heldBy({ nulled: { ltv: 12, tier: 5_001 } })).toEqual([
    '5,001 of 10,000 contacts would lose their attribute tier; at most 50% may',
  ]);
  expect(heldBy({ changed: 2_001 }, { changedPercent: 20 })).toEqual([
    '2,001 of 10,000 contacts changed; at most 20% may',
  ]);
  expect(heldBy({ duplicates: 502, invalid: 502 })).toEqual([
    '502 of 10,000 rows have an identifier that another row has, too; at most 5% may',
  ]);
});

test('a segment that is empty, or has nothing but invalid rows, holds the run, however few contacts there were', () => {
  expect(heldBy({ read: 0, known: 1, gone: 1 })).toEqual(['the segment has no contact; before, it had 1']);
  expect(heldBy({ read: 0, known: 100, gone: 100 })).toHaveLength(1);
  expect(heldBy({ read: 0, known: 100, gone: 100 }, { emptySegment: false })).toHaveLength(1);
  expect(heldBy({ read: 8, invalid: 8, known: 3, gone: 3 })).toEqual(['the segment has no contact; before, it had 3']);
  expect(heldBy({ read: 0, known: 0 })).toEqual([]);
});

test('a share that is just allowed does not hold a run', () => {
  expect(heldBy({ gone: 5_000 })).toEqual([]);
  expect(heldBy({ gone: 5_001 })).toHaveLength(1);
  expect(heldBy({ read: 1_000, duplicates: 50, invalid: 50 })).toEqual([]);
  expect(heldBy({ read: 1_000, duplicates: 51, invalid: 51 })).toHaveLength(1);
  expect(heldBy({ gone: 30 }, { gonePercent: 0.25 })).toHaveLength(1);
});

test('fewer than 20 contacts hold no run by their share', () => {
  expect(heldBy({ read: 2, known: 21, gone: 19 })).toEqual([]);
  expect(heldBy({ read: 2, known: 22, gone: 20 })).toHaveLength(1);
  expect(heldBy({ read: 20, known: 30, duplicates: 19, invalid: 19 })).toEqual([]);
  expect(heldBy({ known: 30, nulled: { tier: 19 } })).toEqual([]);
});

test('every attribute that would be lost is named, beside the other guards', () => {
  expect(heldBy({ gone: 6_000, nulled: { tier: 5_500, ltv: 9_000 }, duplicates: 600, invalid: 600 })).toEqual([
    '6,000 of 10,000 contacts left the segment; at most 50% may',
    '5,500 of 10,000 contacts would lose their attribute tier; at most 50% may',
    '9,000 of 10,000 contacts would lose their attribute ltv; at most 50% may',
    '600 of 10,000 rows have an identifier that another row has, too; at most 5% may',
  ]);
});

test('duplicates hold a run also when every known contact had left before', () => {
  expect(heldBy({ known: 0, duplicates: 600, invalid: 600 })).toHaveLength(1);
});

test('a guard that is off, or allows everything, holds nothing', () => {
  const off = { emptySegment: false, gonePercent: null, nulledPercent: null, changedPercent: null };
  const figures = { read: 0, gone: 10_000, changed: 10_000, nulled: { tier: 10_000 } };
  expect(heldBy(figures, { ...off, duplicatesPercent: null })).toEqual([]);
  expect(heldBy({ gone: 10_000 }, { gonePercent: 100 })).toEqual([]);
});

test('nothing is held before anything was ever acknowledged', () => {
  const figures = { gone: 10_000, read: 0, duplicates: 9_000, invalid: 9_000, nulled: { tier: 10_000 } };
  expect(heldBy({ ...figures, acknowledgedBefore: false })).toEqual([]);
});
