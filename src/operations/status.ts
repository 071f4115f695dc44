import { OutflowError } from '../activation/errors.js';
import type { RunResult } from '../activation/run.js';
import { activationStatuses, type ActivationStatus } from '../engine/runs/activation-status.js';
import { alertChannelStates, type AlertChannelState } from '../engine/alerts/alert-channels.js';
import { engineId } from '../engine/database/database.js';
import { newestDefinitions } from '../engine/definitions/definitions.js';
import { openIncidents, type OpenIncident } from '../engine/incidents/incidents.js';
import { scheduleState, type ScheduleState } from '../temporal/schedule-state.js';
import { scheduleText } from '../text/schedule-text.js';
import type { Session } from './session.js';

/** What `outflow status --json` prints. */
export interface StatusReport {
  activations: ActivationReport[];
  /** Channels of alerts, as soon as a worker has seen the definitions that have them. */
  alertChannels: AlertChannelState[];
}

export interface ActivationReport {
  activation: string;
  paused: { since: string; by: string; reason?: string } | null;
  /** What has paused it automatically; null when nothing has, also when somebody has paused it. */
  incident: OpenIncident | null;
  schedule: {
    /** In words; `by hand` when there is none. */
    rules: string;
    /** Whether it was paused, also in the Temporal UI; null when there is none, or Temporal does not answer. */
    paused: boolean | null;
    nextRunAt: string | null;
  };
  /** With `stateSince`, and `stateReason` when somebody gave one. */
  openRun: OpenRunReport | null;
  /** The last that ended and was not skipped. */
  lastRun: RunResult | null;
}

export type OpenRunReport = RunResult & { stateSince: string; stateReason?: string };

/** Of one activation, or of all by name; `failure` when Temporal did not answer. Throws `ActivationUnknown`. */
export async function readStatus(
  session: Session,
  name?: string,
): Promise<{ report: StatusReport; failure?: OutflowError }> {
  const statuses = await activationStatuses(session.engine, name);
  const { states, ...failure } = await readSchedules(session, statuses);
  const applied = (await newestDefinitions(session.engine.db))?.definitions.activations ?? {};
  const incidents = await openIncidents(session.engine.db);
  const activations = statuses.map((status) => ({
    ...activationReport(status, scheduleText(applied[status.name]?.schedule ?? []), states.get(status.name)),
    incident: incidents.find((incident) => incident.activations.includes(status.name)) ?? null,
  }));
  return { report: { activations, alertChannels: await alertChannelStates(session.engine.db) }, ...failure };
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

function activationReport(
  status: ActivationStatus,
  rules: string,
  schedule: ScheduleState | undefined,
): Omit<ActivationReport, 'incident'> {
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
