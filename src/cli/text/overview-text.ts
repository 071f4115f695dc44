import type { OpenIncident } from '../../engine/incidents/incidents.js';
import type { ActivationReport, StatusReport } from '../../operations/status.js';
import { colours } from '../../terminal/output.js';
import { table, type TableColumn } from '../../terminal/table.js';
import { visible } from '../../text/visible.js';
import { formatNumber } from '../../text/figure.js';
import { shortWaitText } from '../../text/wait-text.js';
import { localTime } from '../../text/local-time.js';
import { outcomeText, plural } from '../../text/words.js';
import { setBackLine } from './set-back-text.js';
import { channelBlock, incidentBlock } from './status-text.js';

/** How bad it is, the worst first; also what the column `state` says. */
type Rank = [rank: number, state: string];

/** What is at fault, each once, then a line for each activation, the worst first; `outflow status <name>` has the rest. */
export function overviewText({ activations, alertChannels, setBack }: StatusReport): string {
  if (activations.length === 0) return 'No activation has been applied yet.';
  const incidents = new Map<number, OpenIncident>();
  for (const { incident } of activations) if (incident) incidents.set(incident.incidentId, incident);
  const rows = activations
    .map((report) => ({ report, rank: rankOf(report) }))
    .sort((a, b) => a.rank[0] - b.rank[0])
    .map(({ report, rank }) => cells(report, rank));
  const titles: TableColumn[] = [
    { title: 'activation', shrinks: true },
    { title: 'state', shrinks: true },
    { title: 'schedule', shrinks: true },
    { title: `next run (${localTime.zone})` },
    { title: 'last run', shrinks: true },
    { title: 'sent', align: 'right' },
    { title: 'left', align: 'right' },
  ];
  return [
    ...setBackLine({ setBack }),
    ...[...incidents.values()].map(incidentBlock),
    table(titles, rows),
    ...channelBlock(alertChannels),
  ].join('\n\n');
}

function cells(report: ActivationReport, [rank, state]: Rank): string[] {
  const { activation, schedule, lastRun } = report;
  const { red, yellow } = colours(process.stdout);
  const colour = rank <= 1 ? red : rank <= 4 ? yellow : String;
  const counts = lastRun?.counts;
  return [
    activation,
    colour(state),
    schedule.rules,
    schedule.nextRunAt === null ? '' : localTime.minute(schedule.nextRunAt),
    lastRun ? `${lastRun.runId} ${outcomeText(lastRun)} ${localTime.minute(lastRun.finishedAt!)}` : 'none yet',
    counts ? formatNumber(counts.accepted) : '',
    counts
      ? formatNumber(counts.rejected + counts.unsent + counts.deferred + counts.invalid + counts.invalidValues)
      : '',
  ];
}

function rankOf({ paused, incident, schedule, openRun, lastRun }: ActivationReport): Rank {
  if (incident) return [0, `paused: ${incident.kind} ${incident.name}`];
  if (openRun?.state === 'held') return [2, `held as ${openRun.hold?.name ?? 'unknown'}`];
  if (lastRun?.outcome === 'failed' && !openRun) return [1, `failed: ${lastRun.error?.code ?? 'Unexpected'}`];
  if (schedule.missing) return [3, 'schedule missing in Temporal'];
  if (paused)
    return [4, `paused by ${visible(paused.by)}${paused.reason === undefined ? '' : `: ${visible(paused.reason)}`}`];
  if (schedule.paused === true) return [4, 'paused in Temporal'];
  if (openRun?.waiting) return [3, `waits for ${shortWaitText(openRun.waiting)}`];
  if (openRun) return [5, `${outcomeText(openRun)}, ${plural(openRun.counts.accepted, 'contact')} so far`];
  if (lastRun?.outcome === 'completed_with_warnings') return [6, 'with warnings'];
  return lastRun ? [7, 'well'] : [8, 'never run'];
}
