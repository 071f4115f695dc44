import { table } from '../src/terminal/table.js';
import { formatNumber } from '../src/text/figure.js';

/** One measurement beside its limit. */
export interface Row {
  /** What was measured, and the unit of `value` and `limit`. */
  name: string;
  /** Contacts of the segment. */
  size: number;
  /** Median of the repeats; the greatest where the name says peak. */
  value: number;
  /** Median of the limit, measured in the same minutes; null where the goal is not a ratio. */
  limit: number | null;
  /** `value / limit` */
  ratio: number | null;
  /** Of the ratio, or of the value where there is none. */
  goal: string;
  ok: boolean;
}

/** A goal that a figure must keep. `within`: neither above the figure nor below its inverse. */
export interface Goal {
  compare: '<=' | '>=' | 'within';
  figure: number;
}

/** A row whose goal is a ratio. */
export function ratioRow(row: { name: string; size: number; value: number; limit: number }, goal: Goal): Row {
  const ratio = row.value / row.limit;
  return {
    ...row,
    value: rounded(row.value),
    limit: rounded(row.limit),
    ratio: rounded(ratio),
    ...judged(goal, ratio),
  };
}

/** A row whose goal is the value itself. */
export function plainRow(row: { name: string; size: number; value: number }, goal: Goal): Row {
  return { ...row, value: rounded(row.value), limit: null, ratio: null, ...judged(goal, row.value) };
}

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >>> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The rows for people. */
export function rowsTable(rows: readonly Row[]): string {
  return table(
    [
      { title: 'measured' },
      { title: 'contacts', align: 'right' },
      { title: 'value', align: 'right' },
      { title: 'limit', align: 'right' },
      { title: 'ratio', align: 'right' },
      { title: 'goal', align: 'right' },
      { title: '' },
    ],
    rows.map(rowCells),
  );
}

/** What the tables show of a row, in the order of their columns. */
export function rowCells({ name, size, value, limit, ratio, goal, ok }: Row): string[] {
  return [
    name,
    formatNumber(size),
    numberText(value),
    limit === null ? '' : numberText(limit),
    ratio === null ? '' : numberText(ratio),
    goal,
    ok ? 'ok' : 'missed',
  ];
}

function judged({ compare, figure: wanted }: Goal, found: number): { goal: string; ok: boolean } {
  switch (compare) {
    case '<=':
      return { goal: `<= ${rounded(wanted)}`, ok: found <= wanted };
    case '>=':
      return { goal: `>= ${rounded(wanted)}`, ok: found >= wanted };
    case 'within':
      return { goal: `within ${rounded((wanted - 1) * 100)}%`, ok: found <= wanted && found >= 1 / wanted };
  }
}

/** A value, a limit or a ratio as people read it. */
export function numberText(value: number): string {
  return value >= 1000 ? formatNumber(value) : String(value);
}

/** Three digits are more than repeats agree on. */
function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
