import type { RunResult } from '../../activation/run.js';
import { table, type TableColumn } from '../../terminal/table.js';
import { formatNumber } from '../../text/figure.js';
import { duration, minute, outcomeText } from '../../text/words.js';

const columns: TableColumn[] = [
  { title: 'run', align: 'right' },
  { title: 'activation' },
  { title: 'mode' },
  { title: 'trigger' },
  { title: 'outcome' },
  { title: 'started (UTC)' },
  { title: 'took', align: 'right' },
  ...['read', 'new', 'changed', 'gone', 'accepted', 'rejected', 'unsent', 'deferred', 'invalid'].map(
    (title) => ({ title, align: 'right' }) as const,
  ),
];

/** A line each, with its figures; `invalid` is rows and values together. */
export function runTable(runs: RunResult[]): string {
  return table(columns, runs.map(cells));
}

function cells(run: RunResult): string[] {
  const { counts } = run;
  return [
    String(run.runId),
    run.activation,
    run.mode,
    run.trigger,
    outcomeText(run),
    minute(run.startedAt),
    duration((run.finishedAt === null ? Date.now() : Date.parse(run.finishedAt)) - Date.parse(run.startedAt)),
    ...[counts.read, counts.new, counts.changed, counts.gone].map(formatNumber),
    ...[counts.accepted, counts.rejected, counts.unsent, counts.deferred].map(formatNumber),
    formatNumber(counts.invalid + counts.invalidValues),
  ];
}
