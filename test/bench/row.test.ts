import { expect, test } from 'vitest';
import { median, numberText, plainRow, ratioRow, rowsTable } from '../../bench/row.js';

const run = { name: 'a run, s', size: 1_000_000 };

test('a ratio is judged before it is rounded', () => {
  const atMostTwo = { compare: '<=', figure: 2 } as const;
  expect(ratioRow({ ...run, value: 4, limit: 2 }, atMostTwo)).toEqual({
    ...run,
    value: 4,
    limit: 2,
    ratio: 2,
    goal: '<= 2',
    ok: true,
  });
  expect(ratioRow({ ...run, value: 4.001, limit: 2 }, atMostTwo)).toMatchObject({ ratio: 2, ok: false });
});

test('a rate must reach its goal, a peak must not pass it, and what must not differ may do so either way', () => {
  const rate = { ...run, limit: 10_000 };
  expect(ratioRow({ ...rate, value: 10_000 }, { compare: '>=', figure: 1 })).toMatchObject({ ratio: 1, ok: true });
  expect(ratioRow({ ...rate, value: 9_999 }, { compare: '>=', figure: 1 })).toMatchObject({ ok: false });
  expect(plainRow({ ...run, value: 100 }, { compare: '<=', figure: 100 })).toMatchObject({ ratio: null, ok: true });
  expect(plainRow({ ...run, value: 100.1 }, { compare: '<=', figure: 100 })).toMatchObject({ limit: null, ok: false });
  const within = (value: number): boolean =>
    ratioRow({ ...run, value, limit: 1 }, { compare: 'within', figure: 1.25 }).ok;
  expect([0.79, 0.81, 1.24, 1.26].map(within)).toEqual([false, true, true, false]);
});

test('figures are read as people write them', () => {
  expect([1_234_567, 999, 0.0667, 1.25].map(numberText)).toEqual(['1,234,567', '999', '0.0667', '1.25']);
});

test('the median of an even number of samples lies between the two in the middle', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([10, 1, 9, 2])).toBe(5.5);
});

test('the table says which goals were missed', () => {
  const missed = ratioRow({ ...run, value: 5, limit: 2 }, { compare: '<=', figure: 2 });
  expect(rowsTable([missed]).split('\n').at(-1)).toMatch(/^a run, s +1,000,000 +5 +2 +2.5 +<= 2 +missed$/);
});
