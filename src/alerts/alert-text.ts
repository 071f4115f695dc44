import type { AlertMessage, AlertRun } from '../activation/alert-message.js';
import type { AlertConditions } from '../activation/alerts.js';
import { categoryText } from '../activation/category-text.js';
import { culpritText } from '../activation/culprit.js';
import { duration } from '../activation/duration.js';
import { figure } from '../activation/figure.js';
import { guardText } from '../activation/guard-text.js';

type Alert = Omit<AlertMessage, 'id' | 'summary'>;

/** What has happened, in one line. Without contact data, as everything that it is made of. */
export function alertSummary(alert: Alert, conditions: AlertConditions): string {
  return alert.event === 'raised' ? raisedText(alert, conditions) : recoveredText(alert);
}

function raisedText(alert: Alert, conditions: AlertConditions): string {
  const { condition, run, incident } = alert;
  const activation = `activation "${alert.activation}"`;
  const runName = `Run ${run?.runId ?? ''} of ${activation}`;
  switch (condition) {
    case 'failed':
      return `${runName} failed${run?.error ? ` (${categoryText[run.error.category]}): ${run.error.message}` : '.'}`;
    case 'held':
      return `${runName} is held: ${run?.hold?.guards.map(guardText).join('; ') ?? ''}.`;
    case 'paused':
      return incident
        ? `Activation "${alert.activation}" is paused automatically: ${culpritText(incident, incident.error.code)} ` +
            `(${categoryText[incident.error.category]}).`
        : '';
    case 'zero_rows':
      return `${runName} read no row.`;
    case 'rejected_above':
      return `${runName}: the destination refuses ${share(run, refused, conditions.rejectedAbovePercent)}.`;
    case 'invalid_above':
      return `${runName}: invalid are ${share(run, invalid, conditions.invalidAbovePercent)}.`;
    case 'longer_than':
      return `${runName} is open for longer than ${duration(conditions.longerThanMs ?? 0)}.`;
    case 'stale':
      return `Activation "${alert.activation}" has completed no run for ${duration(conditions.staleAfterMs ?? 0)}.`;
  }
}

function recoveredText(alert: Alert): string {
  const { condition, run } = alert;
  const activation = `activation "${alert.activation}"`;
  const runName = `Run ${run?.runId ?? ''} of ${activation}`;
  const took = duration(Date.parse(alert.at) - Date.parse(alert.since));
  switch (condition) {
    case 'failed':
      return `${runName} completed, ${took} after one had failed.`;
    case 'held':
      return `${runName} ${endOfHold(run)} after ${took}.`;
    case 'paused':
      return `Activation "${alert.activation}" is no longer paused automatically, after ${took}.`;
    case 'zero_rows':
      return `${runName} read ${rows(run?.counts.read ?? 0)}, ${took} after one had read none.`;
    case 'rejected_above':
      return `${runName}: the destination refuses ${share(run, refused)}, ${took} after it had refused too many.`;
    case 'invalid_above':
      return `${runName}: invalid are ${share(run, invalid)}, ${took} after too many had been.`;
    case 'longer_than':
      return run?.outcome
        ? `${runName} ended as ${run.outcome.replaceAll('_', ' ')}, ${took} after it should have.`
        : `${runName} may be open for longer now.`;
    case 'stale':
      return run
        ? `${runName} completed, ${took} after one should have.`
        : `Activation "${alert.activation}" may go without a run for longer now.`;
  }
}

/** What to do about it, and the figures of the run: lines for channels that are read by people. */
export function alertDetails({ event, condition, activation, run, incident }: AlertMessage): string[] {
  const lines: string[] = [];
  if (event === 'raised' && condition === 'failed' && run?.error) lines.push(run.error.remedy);
  if (event === 'raised' && condition === 'held') {
    lines.push(`Let it go on: outflow approve ${activation}. End it: outflow cancel ${activation}.`);
  }
  if (event === 'raised' && incident) {
    lines.push(
      incident.error.message,
      incident.error.remedy,
      `It is resumed by itself once ${incident.kind} "${incident.name}" answers; at once by: outflow check ${activation}.`,
    );
  }
  if (run) lines.push(`Run ${run.runId}: ${figures(run)}.`);
  return lines;
}

function figures({ counts }: AlertRun): string {
  return Object.entries<number>({ ...counts })
    .filter(([name, n]) => name === 'read' || n > 0)
    .map(([name, n]) => `${name === 'invalidValues' ? 'invalid values' : name} ${figure(n)}`)
    .join(', ');
}

/** How a hold ended. */
function endOfHold(run: AlertRun | undefined): string {
  if (run?.hold?.approved)
    return `was approved${run.hold.approved.by === undefined ? '' : ` by ${run.hold.approved.by}`}`;
  return run?.outcome === 'cancelled' ? 'was cancelled' : 'is no longer held';
}

function refused({ counts }: AlertRun): number {
  return counts.rejected + counts.deferred;
}

function invalid({ counts }: AlertRun): number {
  return counts.invalid;
}

/** `120 of 10,000 contacts (1.2%; alert above 1%)` */
function share(run: AlertRun | undefined, of: (run: AlertRun) => number, limit?: number | null): string {
  if (!run) return '';
  const { read } = run.counts;
  const percent = read === 0 ? 0 : Math.round((of(run) / read) * 1000) / 10;
  const above = limit === undefined || limit === null ? '' : `; alert above ${limit}%`;
  return `${figure(of(run))} of ${rows(read)} (${percent}%${above})`;
}

function rows(n: number): string {
  return `${figure(n)} ${n === 1 ? 'row' : 'rows'}`;
}
