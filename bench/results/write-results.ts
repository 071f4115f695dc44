import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import type { BenchOptions } from '../bench-options.js';
import { resultsFigure } from './results-figure.js';
import { resultsPage, type Results } from './results-page.js';

const page = fileURLToPath(new URL('../RESULTS.md', import.meta.url));
const figure = fileURLToPath(new URL('../results.svg', import.meta.url));

/** Writes bench/RESULTS.md and bench/results.svg, to be committed. */
export async function writeResults(results: Results, options: BenchOptions): Promise<void> {
  await writeFile(page, await format(resultsPage(results, options), { parser: 'markdown', printWidth: 120 }));
  await writeFile(figure, resultsFigure(results.rows));
}
