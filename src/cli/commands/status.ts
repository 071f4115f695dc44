import { exitCodeOf, OutflowError } from '../../activation/errors.js';
import type { RunResult } from '../../activation/run.js';
import { activationStatuses, type ActivationStatus } from '../../engine/activation-status.js';
import { engineId } from '../../engine/database.js';
import { newestDefinitions } from '../../engine/definitions.js';
import { scheduleState, type ScheduleState } from '../../temporal/schedule-state.js';
import { failureText } from '../failure.js';
import { colours, print, printJson, say } from '../output.js';
import { scheduleText } from '../schedule-text.js';
import { withSession, type Session } from '../session.js';
import { figure } from '../../activation/figure.js';
import { count, instant, outcomeText } from '../words.js';

/** An activation as `outflow status --json` prints it. */
interface StatusReport {
  activation: string;
  paused: { since: string; by: string; reason?: string } | null;
  schedule: {
    /** In words; `by hand` when there is none. */
    rules: string;
    /** Whether it was paused, also in the Temporal UI; null when there is none, or Temporal does not answer. */
    paused: boolean | null;
    nextRunAt: string | null;
  };
  /** With `stateSince`, and `stateReason` when somebody gave one. */
  openRun: (RunResult & { stateSince: string; stateReason?: string }) | null;
  /** The last that ended and was not skipped. */
  lastRun: RunResult | null;
}

/**
 * `outflow status`. Without Temporal it shows what the engine's database knows, and the exit code is that of
 * TemporalUnreachable.
 */
export function statusCommand(
  name: string | undefined,
  { file, json }: { file: string; json: boolean },
): Promise<number> {
  return withSession(file, async (session) => {
    const statuses = await activationStatuses(session.engine, name);
    const schedules = await readSchedules(session, statuses);
    const rules = (await newestDefinitions(session.engine.db))?.definitions.activations ?? {};
    const reports = statuses.map((status) =>
      reportOf(status, scheduleText(rules[status.name]?.schedule ?? []), schedules.states.get(status.name)),
    );
    if (json) printJson(reports);
    else print(reports.length === 0 ? 'No activation has been applied yet.' : reports.map(statusText).join('\n\n'));
    if (!schedules.failure) return 0;
    say(failureText(schedules.failure));
    return exitCodeOf(schedules.failure.code);
  });
}

async function readSchedules(
  { engine, temporal }: Session,
  statuses: ActivationStatus[],
): Promise<{ states: Map<string, ScheduleState>; failure?: OutflowError }> {
  const states = new Map<string, ScheduleState>();
  try {
    const client = await temporal();
    const owner = await engineId(engine);
    for (const { name } of statuses) {
      const state = await scheduleState(client, owner, name);
      if (state) states.set(name, state);
    }
    return { states };
  } catch (error) {
    if (error instanceof OutflowError && error.code !== 'EngineUnreachable') return { states, failure: error };
    throw error;
  }
}

function reportOf(status: ActivationStatus, rules: string, schedule: ScheduleState | undefined): StatusReport {
  const { name, paused, openRun, lastRun } = status;
  return {
    activation: name,
    paused: paused ? { ...paused, since: paused.since.toISOString() } : null,
    schedule: {
      rules,
      paused: schedule?.paused ?? null,
      nextRunAt: schedule?.nextRunAt?.toISOString() ?? null,
    },
    openRun: openRun
      ? {
          ...openRun.result,
          stateSince: openRun.stateSince.toISOString(),
          ...(openRun.stateReason === undefined ? {} : { stateReason: openRun.stateReason }),
        }
      : null,
    lastRun: lastRun ?? null,
  };
}

function statusText({ activation, paused, schedule, openRun, lastRun }: StatusReport): string {
  const { bold, yellow, green, red } = colours(process.stdout);
  const lines: [string, string][] = [];
  if (paused) lines.push(['paused', yellow(`since ${instant(paused.since)} by ${paused.by}${because(paused.reason)}`)]);
  if (openRun) {
    const { runId, stateSince, stateReason } = openRun;
    lines.push(['run', `${runId} is ${outcomeText(openRun)} since ${instant(stateSince)}${because(stateReason)}`]);
    lines.push(['', countsText(openRun)]);
  }
  lines.push(['schedule', schedule.rules + (schedule.paused === true && !paused ? ', paused in Temporal' : '')]);
  if (schedule.nextRunAt !== null) lines.push(['next run', instant(schedule.nextRunAt)]);
  if (lastRun) {
    const colour = lastRun.outcome === 'failed' ? red : lastRun.outcome === 'completed' ? green : yellow;
    lines.push(['last run', `${lastRun.runId} ${colour(outcomeText(lastRun))} at ${instant(lastRun.finishedAt!)}`]);
    lines.push(['', countsText(lastRun)]);
    if (lastRun.error) lines.push(['', `${lastRun.error.message} ${lastRun.error.remedy}`]);
  } else if (!openRun) lines.push(['last run', 'none yet']);
  return [bold(activation), ...lines.map(([title, text]) => `  ${title.padEnd(8)}  ${text}`)].join('\n');
}

function countsText({ counts }: RunResult): string {
  const { read, new: added, changed, gone, accepted, rejected, unsent, invalid, invalidValues } = counts;
  const parts = [`${figure(added)} new`, `${figure(changed)} changed`, `${figure(gone)} gone`];
  const sent = [`${figure(accepted)} accepted`, `${figure(rejected)} rejected`, `${figure(unsent)} unsent`];
  const invalidParts = [count(invalid, 'invalid row'), count(invalidValues, 'invalid value')];
  return `read ${figure(read)}: ${parts.join(', ')}; ${sent.join(', ')}; ${invalidParts.join(', ')}`;
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : ` (${reason})`;
}
