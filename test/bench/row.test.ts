import { expect, test } from 'vitest';
import { median, plainRow, ratioRow, rowsTable } from '../../bench/row.js';

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

test('a rate must reach its goal, and a peak must stay below it', () => {
  const rate = { ...run, limit: 10_000 };
  expect(ratioRow({ ...rate, value: 10_000 }, { compare: '>=', figure: 1 })).toMatchObject({ ratio: 1, ok: true });
  expect(ratioRow({ ...rate, value: 9_999 }, { compare: '>=', figure: 1 })).toMatchObject({ ok: false });
  expect(plainRow({ ...run, value: 149.9 }, { compare: '<', figure: 150 })).toMatchObject({ ratio: null, ok: true });
  expect(plainRow({ ...run, value: 150 }, { compare: '<', figure: 150 })).toMatchObject({ limit: null, ok: false });
});

test('the median of an even number of samples lies between the two in the middle', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([10, 1, 9, 2])).toBe(5.5);
});

test('the table says which goals were missed', () => {
  const missed = ratioRow({ ...run, value: 5, limit: 2 }, { compare: '<=', figure: 2 });
  expect(rowsTable([missed]).split('\n').at(-1)).toMatch(/^a run, s +1,000,000 +5 +2 +2.5 +<= 2 +missed$/);
});
