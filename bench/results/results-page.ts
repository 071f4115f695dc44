import { machineText, type Machine } from '../machine.js';
import type { BenchOptions } from '../bench-options.js';
import { rowCells, type Row } from '../row.js';

export interface Results {
  rows: readonly Row[];
  machine: Machine;
}

/** The results as a page of Markdown, with the machine and how to repeat them. */
export function resultsPage({ rows, machine }: Results, { size, repeats, names }: BenchOptions): string {
  const kept = rows.filter(({ ok }) => ok).length;
  return `# Results

${kept} of ${rows.length} goals are kept. What each row measures, and its limit, is said in [README.md](README.md).

| measured | contacts | value | limit | ratio | goal | |
| --- | ---: | ---: | ---: | ---: | ---: | --- |
${rows.map(rowText).join('\n')}

![Each figure as a share of what its goal allows](results.svg)

Measured at ${machine.measuredAt} on ${machineText(machine)}. Medians of ${repeats} repeats (3 where a repeat takes minutes), value and limit in turn.
Times of another machine cannot be compared with these; the ratios can, roughly.

To repeat them:

\`\`\`sh
npm install
npm run bench -- ${commandOptions(size, repeats, names)}
\`\`\`
`;
}

function rowText(row: Row): string {
  return `| ${rowCells(row).join(' | ')} |`;
}

function commandOptions(size: number, repeats: number, names: readonly string[]): string {
  const asked = ['peers', 'growth'].filter((name) => names.includes(name));
  const flags = asked.map((name) => (name === 'growth' ? '--large' : '--peers'));
  return [`--size ${size}`, `--repeats ${repeats}`, ...flags].join(' ');
}
