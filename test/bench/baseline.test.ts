import { expect, test } from 'vitest';
import { compareWithBaseline, comparisonText, margin, readBaseline } from '../../bench/results/baseline.js';
import { plainRow, ratioRow, type Row } from '../../bench/row.js';

const time = (ratio: number): Row =>
  ratioRow({ name: 'a run, s', size: 1, value: ratio, limit: 1 }, { compare: '<=', figure: 9 });
const rate = (ratio: number): Row =>
  ratioRow({ name: 'contacts/s', size: 1, value: ratio, limit: 1 }, { compare: '>=', figure: 1 });
const committed = { 'a run, s': 2, 'contacts/s': 2 };

test('a ratio is worse when it has grown by more than the margin, a rate when it has fallen by more', () => {
  const worse = (rows: Row[]): boolean[] => compareWithBaseline(rows, committed).map(({ isWorse }) => isWorse);
  expect(worse([time(2 * margin * 0.99), rate((2 / margin) * 1.01)])).toEqual([false, false]);
  expect(worse([time(2 * margin * 1.01), rate((2 / margin) * 0.99)])).toEqual([true, true]);
  expect(worse([time(0.1), rate(10)])).toEqual([false, false]);
});

test('a row that was never committed is new, not worse, and one without a ratio is not compared', () => {
  const memory = plainRow({ name: 'MB', size: 1, value: 900 }, { compare: '<=', figure: 100 });
  const comparison = compareWithBaseline([{ ...time(5), name: 'another run, s' }, memory], committed);
  expect(comparison).toMatchObject([{ name: 'another run, s', isWorse: false }]);
  expect(comparisonText(comparison)).toMatch(/another run, s +5 +new$/);
});

test('the committed ratios can be read', async () => {
  for (const ratio of Object.values(await readBaseline())) expect(ratio).toBeGreaterThan(0);
});
