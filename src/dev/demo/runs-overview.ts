import { table, type TableColumn } from '../../terminal/table.js';
import { formatNumber } from '../../text/figure.js';
import { outcomeText } from '../../text/words.js';
import type { ToldRun } from './context.js';

const columns: TableColumn[] = [
  { title: 'run', align: 'right' },
  { title: 'activation' },
  { title: '' },
  { title: 'outcome' },
  ...['read', 'new', 'changed', 'accepted', 'attributes', 'calls', 's'].map(
    (title) => ({ title, align: 'right' }) as const,
  ),
];

/** The runs of the demo, a line each. */
export function runsOverview(runs: ToldRun[]): string {
  return table(
    columns,
    runs.map(({ title, result }) => {
      const { runId, activation, counts, attributesSent, requests, startedAt, finishedAt } = result;
      return [
        String(runId),
        activation,
        title,
        outcomeText(result),
        ...[counts.read, counts.new, counts.changed, counts.accepted].map(formatNumber),
        ...[attributesSent, requests].map(formatNumber),
        ((Date.parse(finishedAt!) - Date.parse(startedAt)) / 1000).toFixed(1),
      ];
    }),
  );
}
