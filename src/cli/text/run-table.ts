import type { RunResult } from '../../activation/run.js';
import { table, type TableColumn } from '../../terminal/table.js';
import { formatNumber } from '../../text/figure.js';
import { localTime } from '../../text/local-time.js';
import { duration, outcomeText } from '../../text/words.js';

const columns: TableColumn[] = [
  { title: 'run', align: 'right' },
  { title: 'activation', shrinks: true },
  { title: 'mode' },
  { title: 'trigger' },
  { title: 'outcome', shrinks: true },
  { title: `started (${localTime.zone})` },
  { title: 'took', align: 'right' },
  { title: 'read', align: 'right' },
  ...['new', 'changed', 'gone', 'accepted', 'rejected', 'unsent', 'deferred', 'invalid'].map(
    (title) => ({ title, align: 'right', leftOutWhenZero: true }) as const,
  ),
];

/** A line each, with its figures, without those that are 0 in every line; `invalid` is rows and values together. */
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
    localTime.minute(run.startedAt),
    duration((run.finishedAt === null ? Date.now() : Date.parse(run.finishedAt)) - Date.parse(run.startedAt)),
    ...[counts.read, counts.new, counts.changed, counts.gone].map(formatNumber),
    ...[counts.accepted, counts.rejected, counts.unsent, counts.deferred].map(formatNumber),
    formatNumber(counts.invalid + counts.invalidValues),
  ];
}
