import { categoryText } from '../../activation/category-text.js';
import type { ErrorReport } from '../../activation/errors.js';
import type { RunResult } from '../../activation/run.js';
import { countsText } from '../counts-text.js';
import { guardLines, waysOut } from '../hold-text.js';
import { colours } from '../output.js';
import { instant, outcomeText } from '../words.js';
import type { ActivationReport, OpenRunReport, StatusReport } from './status-report.js';

/** A title and what it says; without one it goes on with what the line above says. */
type Line = [title: string, text: string];

/** A block each, as people read them. */
export function statusText({ activations }: StatusReport): string {
  if (activations.length === 0) return 'No activation has been applied yet.';
  return activations.map(activationText).join('\n\n');
}

function activationText({ activation, paused, schedule, openRun, lastRun }: ActivationReport): string {
  const { yellow } = colours(process.stdout);
  const lines: Line[] = [];
  if (paused) lines.push(['paused', yellow(`since ${instant(paused.since)} by ${paused.by}${because(paused.reason)}`)]);
  if (openRun) lines.push(...openRunLines(openRun));
  lines.push(['schedule', schedule.rules + (schedule.paused === true && !paused ? ', paused in Temporal' : '')]);
  if (schedule.nextRunAt !== null) lines.push(['next run', instant(schedule.nextRunAt)]);
  if (lastRun) lines.push(...lastRunLines(lastRun));
  else if (!openRun) lines.push(['last run', 'none yet']);
  return block(activation, lines);
}

function openRunLines(run: OpenRunReport): Line[] {
  const { activation, runId, state, stateSince, stateReason, hold } = run;
  const { yellow } = colours(process.stdout);
  if (state !== 'held' || !hold) {
    return [
      ['run', `${runId} is ${outcomeText(run)} since ${instant(stateSince)}${because(stateReason)}`],
      ['', countsText(run)],
    ];
  }
  return [
    ['run', yellow(`${runId} is held since ${instant(hold.since)} as ${hold.name}`)],
    ...guardLines(hold).map((text): Line => ['', text]),
    ['', countsText(run)],
    ['', waysOut(activation, hold)],
  ];
}

function lastRunLines(run: RunResult): Line[] {
  const { red, green, yellow } = colours(process.stdout);
  const colour = run.outcome === 'failed' ? red : run.outcome === 'completed' ? green : yellow;
  const lines: Line[] = [
    ['last run', `${run.runId} ${colour(outcomeText(run))} at ${instant(run.finishedAt!)}`],
    ['', countsText(run)],
  ];
  if (run.error) lines.push(['', errorText(run.error)]);
  return lines;
}

function errorText({ category, message, remedy }: ErrorReport): string {
  return `${categoryText[category]}: ${message} ${remedy}`;
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : ` (${reason})`;
}

function block(title: string, lines: Line[]): string {
  const { bold } = colours(process.stdout);
  return [bold(title), ...lines.map(([left, right]) => `  ${left.padEnd(8)}  ${right}`)].join('\n');
}
