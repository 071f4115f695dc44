import type { RunResult } from '../../activation/run.js';
import { findActivation, type KnownActivation, listActivations } from '../definitions/activations.js';
import { findHolder, type Holder } from '../claim/claim.js';
import type { Engine } from '../database/database.js';
import { readRunResult } from './runs.js';

export interface ActivationStatus extends KnownActivation {
  openRun?: OpenRunStatus;
  /** The last run that ended and was not skipped. */
  lastRun?: RunResult;
}

interface OpenRunStatus {
  holder: Holder;
  result: RunResult;
  /** Since when the run is in its state, and why when somebody said it. */
  stateSince: Date;
  stateReason?: string;
}

/** What the engine's database knows of one activation, or of all by name. Throws `ActivationUnknown`. */
export async function activationStatuses(engine: Engine, name?: string): Promise<ActivationStatus[]> {
  const activations = name === undefined ? await listActivations(engine.db) : [await findActivation(engine.db, name)];
  const statuses: ActivationStatus[] = [];
  for (const activation of activations) {
    const openRun = await openRunStatus(engine, activation.activationId);
    const lastRun = await lastRunOf(engine, activation.activationId);
    statuses.push({ ...activation, ...(openRun ? { openRun } : {}), ...(lastRun ? { lastRun } : {}) });
  }
  return statuses;
}

async function openRunStatus(engine: Engine, activationId: number): Promise<OpenRunStatus | undefined> {
  const holder = await findHolder(engine.db, activationId);
  if (!holder) return undefined;
  const state = await engine
    .db<{ run_id: number; state_since: Date; state_reason: string | null }>('outflow.run')
    .where({ run_id: holder.runId })
    .first('state_since', 'state_reason');
  return {
    holder,
    result: await readRunResult(engine.db, holder.runId),
    stateSince: state!.state_since,
    ...(state!.state_reason === null ? {} : { stateReason: state!.state_reason }),
  };
}

async function lastRunOf(engine: Engine, activationId: number): Promise<RunResult | undefined> {
  const last = await engine
    .db<{ activation_id: number; run_id: number; state: string; outcome: string }>('outflow.run')
    .where({ activation_id: activationId, state: 'closed' })
    .whereNot({ outcome: 'skipped' })
    .orderBy('run_id', 'desc')
    .first('run_id');
  return last && readRunResult(engine.db, last.run_id);
}
