import { categoryText } from '../../text/category-text.js';
import type { ErrorReport } from '../../activation/errors.js';
import { formatNumber } from '../../text/figure.js';
import type { RunHold, RunResult } from '../../activation/run.js';
import type { AlertChannelState } from '../../engine/alerts/alert-channels.js';
import type { OpenIncident } from '../../engine/incidents/incidents.js';
import { countsText, warningsText } from './counts-text.js';
import { approvalText } from '../../text/approval-text.js';
import { setBackLine } from './set-back-text.js';
import { guardLines, waysOut } from './hold-text.js';
import { colours } from '../../terminal/output.js';
import { localTime } from '../../text/local-time.js';
import { visible, visibleLines } from '../../text/visible.js';
import { nextTryText, waitText } from '../../text/wait-text.js';
import { plural, outcomeText } from '../../text/words.js';
import type { ActivationReport, OpenRunReport, StatusReport } from '../../operations/status.js';

/** A title and what it says; without one it goes on with what the line above says. */
type Line = [title: string, text: string];

/** A block for each activation, as people read them, and one for channels of alerts that do not work. */
export function statusText({ activations, alertChannels, setBack }: StatusReport): string {
  return [...setBackLine({ setBack }), ...activations.map(activationText), ...channelBlock(alertChannels)].join('\n\n');
}

/** The channels of alerts that do not work: one block, or none. */
export function channelBlock(channels: AlertChannelState[]): string[] {
  const failing = channels.flatMap(channelLines);
  return failing.length > 0 ? [block('alerts', failing)] : [];
}

/** What is at fault, with what it says and the activations that it keeps paused. */
export function incidentBlock(incident: OpenIncident): string {
  const { kind, name, activations } = incident;
  const [, ...lines] = incidentLines(incident);
  const paused: Line = ['pauses', activations.join(', ')];
  return block(`${kind} ${name} is at fault since ${localTime.beside(incident.since)}`, [...lines, paused]);
}

function activationText(report: ActivationReport): string {
  const { activation, paused, incident, schedule, openRun, lastRun } = report;
  const { yellow } = colours(process.stdout);
  const lines: Line[] = [];
  if (paused)
    lines.push([
      'paused',
      yellow(`since ${localTime.beside(paused.since)} by ${visible(paused.by)}${because(paused.reason)}`),
    ]);
  if (incident) lines.push(...incidentLines(incident));
  if (openRun) lines.push(...openRunLines(openRun));
  lines.push(['schedule', schedule.rules + scheduleNote(report)]);
  if (schedule.nextRunAt !== null) lines.push(['next run', localTime.beside(schedule.nextRunAt)]);
  if (lastRun) lines.push(...lastRunLines(lastRun));
  else if (!openRun) lines.push(['last run', 'none yet']);
  return block(activation, lines);
}

function scheduleNote({ schedule, paused }: ActivationReport): string {
  if (schedule.missing) return ', missing in Temporal: `outflow apply` makes it again';
  if (schedule.edited) return `, changed in Temporal (${schedule.edited.join(', ')}): \`outflow apply\` mends it`;
  return schedule.paused === true && !paused ? ', paused in Temporal' : '';
}

function incidentLines({ kind, name, since, error, probes, lastProbe, nextProbeAt }: OpenIncident): Line[] {
  const { red } = colours(process.stdout);
  const tried = probes === 0 ? 'not probed yet' : `probed ${probes === 1 ? 'once' : `${formatNumber(probes)} times`}`;
  return [
    ['at fault', red(`${kind} ${name} since ${localTime.beside(since)}`)],
    ['', errorText(lastProbe?.error ?? error)],
    ['', `${tried}; next probe ${localTime.beside(nextProbeAt)}`],
  ];
}

function openRunLines(run: OpenRunReport): Line[] {
  const { activation, runId, state, stateSince, stateReason, hold } = run;
  const { yellow } = colours(process.stdout);
  if (state !== 'held' || !hold) {
    return [
      ['run', `${runId} is ${outcomeText(run)} since ${localTime.beside(stateSince)}${because(stateReason)}`],
      ...waitLines(run),
      ['', countsText(run)],
      ...approvalLines(hold),
    ];
  }
  return [
    ['run', yellow(`${runId} is held since ${localTime.beside(hold.since)} as ${hold.name}`)],
    ...guardLines(hold).map((text): Line => ['', text]),
    ['', countsText(run)],
    ['', waysOut(activation, hold)],
  ];
}

function waitLines({ waiting, failingStep }: OpenRunReport): Line[] {
  const { yellow } = colours(process.stdout);
  const lines: Line[] = [];
  if (waiting)
    lines.push(
      ['waits', yellow(`since ${localTime.beside(waiting.since)} for`)],
      ['', `${yellow(waitText(waiting))}; ${nextTryText(waiting.until)}`],
    );
  if (failingStep) {
    const { step, failures, error, nextTryAt } = failingStep;
    const times = `${step} has failed ${failures === 1 ? 'once' : `${formatNumber(failures)} times`}`;
    lines.push(['retries', yellow(`${times}; ${nextTryText(nextTryAt ?? '')}`)], ['', visibleLines(error)]);
  }
  return lines;
}

function lastRunLines(run: RunResult): Line[] {
  const { red, green, yellow } = colours(process.stdout);
  const colour = run.outcome === 'failed' ? red : run.outcome === 'completed' ? green : yellow;
  const lines: Line[] = [
    ['last run', `${run.runId} ${colour(outcomeText(run))} at ${localTime.beside(run.finishedAt!)}`],
    ['', countsText(run)],
  ];
  lines.push(...approvalLines(run.hold));
  const warnings = warningsText(run);
  if (warnings !== undefined) lines.push(['', warnings]);
  if (run.error) lines.push(['', errorText(run.error)]);
  return lines;
}

function approvalLines(hold: RunHold | undefined): Line[] {
  const approval = hold && approvalText(hold);
  return approval === undefined ? [] : [['', approval]];
}

function channelLines({ channel, failing, waiting, dropped }: AlertChannelState): Line[] {
  if (!failing) return [];
  const { red } = colours(process.stdout);
  const lost = dropped === 0 ? '' : `, ${plural(dropped, 'message')} given up`;
  const wait = `${plural(waiting, 'message')} ${waiting === 1 ? 'waits' : 'wait'}`;
  return [[channel, red(`fails since ${localTime.beside(failing.since)}: ${failing.error}; ${wait}${lost}`)]];
}

function errorText({ category, message, remedy }: ErrorReport): string {
  return visibleLines(`${categoryText[category]}: ${message} ${remedy}`);
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : ` (${visible(reason)})`;
}

function block(title: string, lines: Line[]): string {
  const { bold } = colours(process.stdout);
  return [bold(title), ...lines.map(([left, right]) => `  ${left.padEnd(8)}  ${right}`)].join('\n');
}
