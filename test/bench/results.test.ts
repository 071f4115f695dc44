import { expect, test } from 'vitest';
import { resultsFigure } from '../../bench/results/results-figure.js';
import { resultsPage } from '../../bench/results/results-page.js';
import { plainRow, ratioRow } from '../../bench/row.js';

const kept = ratioRow({ name: 'a run, s', size: 1000, value: 1, limit: 1 }, { compare: '<=', figure: 2 });
const missed = ratioRow({ name: 'calls/s', size: 1000, value: 5, limit: 1 }, { compare: '>=', figure: 8 });
const even = ratioRow({ name: 'growth', size: 1000, value: 1, limit: 1.2 }, { compare: 'within', figure: 1.2 });
const none = plainRow({ name: 'calls <refused>', size: 1000, value: 0 }, { compare: '<=', figure: 0 });

const barLengths = (svg: string): number[] =>
  [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, length]) => Number(length));

test('in the figure a bar that reaches the line uses up its goal, whichever way the goal compares', () => {
  const svg = resultsFigure([kept, missed, even]);
  const lineAt = Number(/<line [^>]*x1="(\d+)"/.exec(svg)![1]);
  const barsFrom = Number(/<rect [^>]* x="(\d+)"/.exec(svg)![1]);
  const [halfUsed, missedBy, used] = barLengths(svg).map((length) => length / (lineAt - barsFrom));
  expect(halfUsed).toBeCloseTo(0.5);
  expect(missedBy).toBeCloseTo(8 / 5);
  expect(used).toBeCloseTo(1);
  expect([...svg.matchAll(/<rect class="(\w+)"/g)].map(([, name]) => name)).toEqual(['kept', 'missed', 'kept']);
});

test('a goal of nothing at all has no bar, and names are no markup', () => {
  const svg = resultsFigure([kept, { ...kept, name: 'a & <b>' }, none]);
  expect(barLengths(svg)).toHaveLength(2);
  expect(svg).toContain('a &amp; &lt;b&gt;');
});

test('the page of results says on which machine, how many goals are kept, and how to repeat it', () => {
  const machine = {
    ...{ cpu: 'A CPU', cores: 2, memoryGb: 8, system: 'Linux', node: 'v20', postgres: '18.4', temporal: '1.9' },
    measuredAt: '2026-11-25T00:00:00.000Z',
  };
  const options = { size: 1000, repeats: 5, names: ['first', 'growth', 'peers'] };
  const page = resultsPage(
    { rows: [kept, missed, none], machine },
    { ...options, json: false, short: false, write: true, dist: '' },
  );
  expect(page).toContain('2 of 3 goals are kept');
  expect(page).toContain('| calls/s | 1,000 | 5 | 1 | 5 | >= 8 | missed |');
  expect(page).toContain('2 cores (A CPU)');
  expect(page).toContain('npm run bench -- --size 1000 --repeats 5 --peers --large');
});
