import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { table } from '../../src/terminal/table.js';
import type { Row } from '../row.js';

/** The ratios that were committed, by the name of their row. */
export type Baseline = Record<string, number>;

export interface Comparison {
  name: string;
  ratio: number;
  /** undefined where the row is new. */
  committed: number | undefined;
  /** How many times as bad as the committed ratio; 1 is as good. */
  worsening: number | undefined;
  isWorse: boolean;
}

/**
 * How many times as bad a ratio may be. Short measurements on machines that others use differ that much by themselves:
 * see bench/README.md.
 */
export const margin = 1.6;

const file = fileURLToPath(new URL('../baseline.json', import.meta.url));

export async function readBaseline(): Promise<Baseline> {
  return JSON.parse(await readFile(file, 'utf8')) as Baseline;
}

export async function writeBaseline(rows: readonly Row[]): Promise<void> {
  const ratios: Baseline = Object.fromEntries(
    rows.flatMap(({ name, ratio }) => (ratio === null ? [] : [[name, ratio]])),
  );
  await writeFile(file, `${JSON.stringify(ratios, null, 2)}\n`);
}

/** Rows whose goal is a ratio, beside what was committed for them. */
export function compareWithBaseline(rows: readonly Row[], baseline: Baseline): Comparison[] {
  return rows.flatMap(({ name, ratio, goal }): Comparison[] => {
    if (ratio === null) return [];
    const committed = baseline[name];
    if (committed === undefined) return [{ name, ratio, committed, worsening: undefined, isWorse: false }];
    const worsening = goal.startsWith('>=') ? committed / ratio : ratio / committed;
    return [{ name, ratio, committed, worsening, isWorse: worsening > margin }];
  });
}

export function comparisonText(comparison: readonly Comparison[]): string {
  return table(
    [
      { title: `compared with bench/baseline.json` },
      { title: 'ratio', align: 'right' },
      { title: 'committed', align: 'right' },
      { title: 'times as bad', align: 'right' },
      { title: `at most ${margin}` },
    ],
    comparison.map(({ name, ratio, committed, worsening, isWorse }) => [
      name,
      String(ratio),
      committed === undefined ? '' : String(committed),
      worsening === undefined ? '' : worsening.toFixed(2),
      worsening === undefined ? 'new' : isWorse ? 'WORSE' : 'ok',
    ]),
  );
}
