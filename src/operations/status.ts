import { OutflowError } from '../activation/errors.js';
import type { RunResult } from '../activation/run.js';
import { type AlertChannelState, alertChannelStates } from '../engine/alerts/alert-channels.js';
import { engineId } from '../engine/database/database.js';
import { newestDefinitions } from '../engine/definitions/definitions.js';
import { type OpenIncident, openIncidents } from '../engine/incidents/incidents.js';
import { owedSinceSetBack, type SetBackDebt } from '../engine/place/owed-since-set-back.js';
import { type ActivationStatus, activationStatuses } from '../engine/runs/activation-status.js';
import { type FailingStep, failingStep } from '../temporal/failing-step.js';
import { type Pollers, pollersOfRuns } from '../temporal/pollers.js';
import { ownScheduleStates } from '../temporal/schedule-overview.js';
import { type ScheduleState, scheduleState } from '../temporal/schedule-state.js';
import { scheduleText } from '../text/schedule-text.js';
import type { OperationContext } from './context.js';

/** What `outflow status --json` prints. */
export interface StatusReport {
  activations: ActivationReport[];
  /** Channels of alerts, as soon as a worker has seen the definitions that have them. */
  alertChannels: AlertChannelState[];
  /** Whether a worker serves the runs; null when Temporal does not answer, or nothing was applied. */
  workers: Pollers | null;
  /** What is owed because the engine's database was set back, of the activations above; null when nothing is. */
  setBack: { since: string; because: string; owedBy: string[] } | null;
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
    /** Present when it should be in Temporal and is not. */
    missing?: true;
    /** Asked for one activation only: what somebody has changed of it in Temporal. */
    edited?: string[];
  };
  openRun: OpenRunReport | null;
  /** The last that ended and was not skipped. */
  lastRun: RunResult | null;
}

export interface OpenRunReport extends RunResult {
  stateSince: string;
  /** When somebody gave one. */
  stateReason?: string;
  /** Asked for one activation only: what keeps failing in it. */
  failingStep?: FailingStep;
}

/** What Temporal says; without an answer, why. */
interface Answers {
  schedules: Map<string, ScheduleState>;
  workers: Pollers | null;
  failingStep?: FailingStep | undefined;
  failure?: OutflowError;
}

/**
 * The status of one activation, or of all by name. The number of questions, to the engine's database and to Temporal, does
 * not grow with the number of activations. `failure` when Temporal did not answer. Throws `ActivationUnknown`.
 */
export async function readStatus(
  context: OperationContext,
  name?: string,
): Promise<{ report: StatusReport; failure?: OutflowError }> {
  const { db } = context.engine;
  const statuses = await activationStatuses(context.engine, name);
  const applied = (await newestDefinitions(db))?.definitions.activations ?? {};
  const scheduled = statuses.map((status) => status.name).filter((each) => applied[each]?.schedule.length);
  const openRun = name === undefined ? undefined : statuses[0]?.openRun;
  const [{ schedules, workers, failingStep, failure }, incidents, alertChannels, debt] = await Promise.all([
    statuses.length === 0 ? nothingApplied() : askTemporal(context, scheduled, name, openRun?.result.workflowId),
    openIncidents(db),
    alertChannelStates(db),
    owedSinceSetBack(db),
  ]);
  const activations = statuses.map((status) => ({
    ...activationReport(status, scheduleText(applied[status.name]?.schedule ?? []), schedules.get(status.name), {
      isMissing: !failure && scheduled.includes(status.name) && !schedules.has(status.name),
      failingStep,
    }),
    incident: incidents.find((incident) => incident.activations.includes(status.name)) ?? null,
  }));
  const setBack = setBackReport(debt, name);
  return { report: { activations, alertChannels, workers, setBack }, ...(failure && { failure }) };
}

function setBackReport(debt: SetBackDebt | undefined, name: string | undefined): StatusReport['setBack'] {
  const owedBy = debt?.owedBy.filter((each) => name === undefined || each === name) ?? [];
  return debt && owedBy.length > 0 ? { since: debt.since.toISOString(), because: debt.because, owedBy } : null;
}

function nothingApplied(): Promise<Answers> {
  return Promise.resolve({ schedules: new Map(), workers: null });
}

async function askTemporal(
  { engine, temporal }: OperationContext,
  scheduled: readonly string[],
  name: string | undefined,
  openWorkflow: string | undefined,
): Promise<Answers> {
  try {
    const client = await temporal();
    const owner = await engineId(engine);
    const [listed, workers, failing] = await Promise.all([
      name === undefined ? ownScheduleStates(client, owner) : new Map<string, ScheduleState>(),
      pollersOfRuns(client),
      openWorkflow === undefined ? undefined : failingStep(client, openWorkflow),
    ]);
    // The list is late by moments: what it lacks is asked for by name.
    const lacking = name === undefined ? scheduled.filter((each) => !listed.has(each)) : [name];
    for (let done = 0; done < lacking.length; done += AT_ONCE) {
      const some = lacking.slice(done, done + AT_ONCE);
      const states = await Promise.all(some.map((each) => scheduleState(client, owner, each)));
      states.forEach((state, i) => state && listed.set(some[i]!, state));
    }
    return { schedules: listed, workers, failingStep: failing };
  } catch (error) {
    if (!(error instanceof OutflowError) || error.code === 'EngineUnreachable') throw error;
    return { schedules: new Map(), workers: null, failure: error };
  }
}

/** Questions under way at once. */
const AT_ONCE = 20;

function activationReport(
  status: ActivationStatus,
  rules: string,
  schedule: ScheduleState | undefined,
  { isMissing, failingStep }: { isMissing: boolean; failingStep: FailingStep | undefined },
): Omit<ActivationReport, 'incident'> {
  const { name, paused, openRun, lastRun } = status;
  return {
    activation: name,
    paused: paused ? { ...paused, since: paused.since.toISOString() } : null,
    schedule: {
      rules,
      // Temporal's list may not have seen the pause yet.
      paused: schedule ? schedule.paused || paused !== undefined : null,
      nextRunAt: (!paused && schedule?.nextRunAt?.toISOString()) || null,
      ...(isMissing && { missing: true }),
      ...(schedule?.edited?.length && { edited: schedule.edited }),
    },
    openRun: openRun
      ? {
          ...openRun.result,
          stateSince: openRun.stateSince.toISOString(),
          ...(openRun.stateReason === undefined ? {} : { stateReason: openRun.stateReason }),
          ...(failingStep && { failingStep }),
        }
      : null,
    lastRun: lastRun ?? null,
  };
}
