import type { RunResult } from '../../activation/run.js';
import type { Engine } from '../database/database.js';
import { findActivation, type KnownActivation } from '../definitions/activations.js';
import { asRunResult, runRows, type RunRow } from './runs.js';

export interface ActivationStatus extends KnownActivation {
  openRun?: OpenRunStatus;
  /** The last run that ended and was not skipped. */
  lastRun?: RunResult;
}

interface OpenRunStatus {
  result: RunResult;
  /** Since when the run is in its state, and why when somebody said it. */
  stateSince: Date;
  stateReason?: string;
}

/** An activation with one of its runs; two rows where one is open and another one has ended. */
interface StatusRow extends Omit<RunRow, 'run_id'> {
  activation_id: number;
  name: string;
  paused_at: Date | null;
  paused_by: string | null;
  pause_reason: string | null;
  open_run_id: number | null;
  state_since: Date;
  state_reason: string | null;
  /** null: it has had no run. */
  run_id: number | null;
}

/** What the engine's database knows of one activation, or of all by name: one statement for any number of them. Throws `ActivationUnknown`. */
export async function activationStatuses(engine: Engine, name?: string): Promise<ActivationStatus[]> {
  if (name !== undefined) await findActivation(engine.db, name);
  const { rows } = await engine.db.raw<{ rows: StatusRow[] }>(
    `select known.*, shown.*
     from (
       select a.activation_id, a.name, a.paused_at, a.paused_by, a.pause_reason, c.run_id as open_run_id,
         (select r.run_id from outflow.run r
          where r.activation_id = a.activation_id and r.state = 'closed' and r.outcome <> 'skipped'
          order by r.run_id desc limit 1) as last_run_id
       from outflow.activation a left join outflow.claim c using (activation_id)
       where a.removed_at is null and (cast(:name as text) is null or a.name = :name)
     ) known
     left join lateral (
       select of_run.*, state_since, state_reason from (${runRows} where r.run_id in (open_run_id, last_run_id)) of_run
       join outflow.run using (run_id)
     ) shown on true
     order by known.name, shown.run_id`,
    { name: name ?? null },
  );
  const statuses = new Map<number, ActivationStatus>();
  for (const row of rows) {
    const status = statuses.get(row.activation_id) ?? withoutRuns(row);
    statuses.set(row.activation_id, status);
    if (row.run_id === null) continue;
    const result = asRunResult({ ...row, run_id: row.run_id });
    if (row.run_id !== row.open_run_id) status.lastRun = result;
    else status.openRun = { result, stateSince: row.state_since, ...reasonOf(row) };
  }
  return [...statuses.values()];
}

function withoutRuns({ activation_id: activationId, name, paused_at: since, ...row }: StatusRow): ActivationStatus {
  if (since === null) return { activationId, name };
  const { paused_by: by, pause_reason: reason } = row;
  return { activationId, name, paused: { since, by: by ?? '', ...(reason === null ? {} : { reason }) } };
}

function reasonOf({ state_reason: reason }: StatusRow): { stateReason?: string } {
  return reason === null ? {} : { stateReason: reason };
}
