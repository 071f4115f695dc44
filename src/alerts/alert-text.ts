import type { AlertMessage, AlertRun } from '../activation/alert-message.js';
import type { AlertConditions } from '../activation/alerts.js';
import { categoryText } from '../text/category-text.js';
import { culpritText } from '../activation/culprit.js';
import { duration } from '../text/duration.js';
import { formatNumber } from '../text/figure.js';
import { guardText } from '../text/guard-text.js';

type Alert = Omit<AlertMessage, 'id' | 'summary'>;

/** What has happened, in one line. Without contact data, as everything that it is made of. */
export function alertSummary(alert: Alert, conditions: AlertConditions): string {
  return alert.event === 'raised' ? raisedText(alert, conditions) : recoveredText(alert);
}

/** `paused` is raised by an incident, `stale` and `set_back` by nothing, all others by a run. */
function raisedText(alert: Alert, conditions: AlertConditions): string {
  const { condition, incident } = alert;
  const run = alert.run!;
  switch (condition) {
    case 'failed':
      return `${runName(alert)} failed${because(run)}`;
    case 'held':
      return `${runName(alert)} is held: ${run.hold!.guards.map(guardText).join('; ')}.`;
    case 'paused':
      return (
        `Activation "${alert.activation}" is paused automatically: ` +
        `${culpritText(incident!, incident!.error.code)} (${categoryText[incident!.error.category]}).`
      );
    case 'zero_rows':
      return `${runName(alert)} read no row.`;
    case 'rejected_above':
      return `${runName(alert)}: the destination refuses ${share(run, refused(run), conditions.rejectedAbovePercent!)}.`;
    case 'invalid_above':
      return `${runName(alert)}: invalid are ${share(run, run.counts.invalid, conditions.invalidAbovePercent!)}.`;
    case 'longer_than':
      return `${runName(alert)} is open for longer than ${duration(conditions.longerThanMs!)}.`;
    case 'stale':
      return `Activation "${alert.activation}" has completed no run for ${duration(conditions.staleAfterMs!)}.`;
    case 'set_back':
      return `Activation "${alert.activation}" owes everything, because the engine's database was set back to an earlier moment, or restored: its next run sends all attributes of every contact.`;
  }
}

/** Where no run has ended `longer_than` or `stale`, their limit was changed. */
function recoveredText(alert: Alert): string {
  const { condition } = alert;
  const run = alert.run!;
  const took = duration(Date.parse(alert.at) - Date.parse(alert.since));
  switch (condition) {
    case 'failed':
      return `${runName(alert)} completed, ${took} after one had failed.`;
    case 'held':
      return `${runName(alert)} ${endOfHold(run)} after ${took}.`;
    case 'paused':
      return `Activation "${alert.activation}" is no longer paused automatically, after ${took}.`;
    case 'zero_rows':
      return `${runName(alert)} read ${rows(run.counts.read)}, ${took} after one had read none.`;
    case 'rejected_above':
      return `${runName(alert)}: the destination refuses ${share(run, refused(run))}, ${took} after it had refused too many.`;
    case 'invalid_above':
      return `${runName(alert)}: invalid are ${share(run, run.counts.invalid)}, ${took} after too many had been.`;
    case 'longer_than':
      return run.outcome === null
        ? `${runName(alert)} may be open for longer now.`
        : `${runName(alert)} ended as ${run.outcome.replaceAll('_', ' ')}, ${took} after it should have.`;
    case 'stale':
      return alert.run
        ? `${runName(alert)} completed, ${took} after one should have.`
        : `Activation "${alert.activation}" may go without a run for longer now.`;
    case 'set_back':
      return `Activation "${alert.activation}" has sent everything again, ${took} after the engine's database was set back.`;
  }
}

function runName({ run, activation }: Alert): string {
  return `Run ${run!.runId} of activation "${activation}"`;
}

function because({ error }: AlertRun): string {
  return error ? ` (${categoryText[error.category]}): ${error.message}` : '.';
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
    .map(([name, n]) => `${name === 'invalidValues' ? 'invalid values' : name} ${formatNumber(n)}`)
    .join(', ');
}

/** How a hold ended. */
function endOfHold({ hold, outcome }: AlertRun): string {
  if (hold?.approved) return `was approved${hold.approved.by === undefined ? '' : ` by ${hold.approved.by}`}`;
  return outcome === 'cancelled' ? 'was cancelled' : 'is no longer held';
}

function refused({ counts }: AlertRun): number {
  return counts.rejected + counts.deferred;
}

/** `120 of 10,000 rows (1.2%; alert above 1%)` */
function share({ counts }: AlertRun, concerned: number, limit?: number): string {
  const percent = counts.read === 0 ? 0 : Math.round((concerned / counts.read) * 10_000) / 100;
  const above = limit === undefined ? '' : `; alert above ${limit}%`;
  return `${formatNumber(concerned)} of ${rows(counts.read)} (${percent}%${above})`;
}

function rows(n: number): string {
  return `${formatNumber(n)} ${n === 1 ? 'row' : 'rows'}`;
}
