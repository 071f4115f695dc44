import type { Knex } from 'knex';
import type { ErrorReport } from '../../activation/errors.js';
import type {
  ReadMode,
  RunHold,
  RunMode,
  RunOutcome,
  RunResult,
  RunState,
  RunTrigger,
  RunWait,
} from '../../activation/run.js';
import { activationUnknown } from '../definitions/activations.js';
import { recordAction } from '../audit/audit.js';
import type { Engine } from '../database/database.js';
import { type ClaimedRun, runSuperseded } from '../claim/claimed-run.js';
import { writeWithClaim } from '../claim/write-with-claim.js';

export interface RunRow {
  activation: string;
  run_id: number;
  workflow_id: string;
  temporal_run_id: string;
  mode: RunMode;
  full_because: string | null;
  trigger: RunTrigger;
  state: RunState;
  outcome: RunOutcome | null;
  read: number;
  unchanged: number;
  new: number;
  changed: number;
  gone: number;
  invalid: number;
  deferred: number;
  accepted: number;
  rejected: number;
  invalid_values: number;
  attributes_sent: number;
  requests: number;
  started_at: Date;
  finished_at: Date | null;
  error: ErrorReport | null;
  hold: RunHold | null;
  waiting: RunWait | null;
  read_mode: ReadMode | null;
}

/**
 * Runs with their figures. What was sent is summed over the published attempt's chunks while the run is open; after it the
 * run's own columns have it, because the chunks go. A chunk that is not acknowledged leaves the invalid values before it
 * as they stood.
 */
export const runRows = /* sql */ `
  select a.name as activation, r.run_id, r.workflow_id, r.temporal_run_id, r.mode, r.full_because, r.trigger, r.state,
    r.outcome, r.started_at, r.finished_at, r.error, r.hold, r.waiting,
    d.read_mode,
    coalesce(d.read, case when r.state = 'closed' then 0 else r.rows_read end) as read,
    coalesce(d.unchanged, 0) as unchanged, coalesce(d.new, 0) as new, coalesce(d.changed, 0) as changed,
    coalesce(d.gone, 0) as gone, coalesce(d.deferred, 0) as deferred,
    coalesce((select sum(rows::bigint) from jsonb_each_text(d.invalid) reasons (reason, rows)), 0)::bigint as invalid,
    coalesce(sent.accepted, r.accepted) as accepted, coalesce(sent.rejected, r.rejected) as rejected,
    coalesce(sent.attributes_sent, r.attributes_sent) as attributes_sent, coalesce(sent.requests, r.requests) as requests,
    case when r.state = 'closed' then r.invalid_values else
      coalesce((select sum(n) from unnest(d.invalid_values) n), 0) - coalesce(sent.invalid_values_unacked, 0)
    end::bigint as invalid_values
  from outflow.run r
  join outflow.activation a using (activation_id)
  left join outflow.run_diff d on d.run_id = r.run_id
  left join lateral (
    select sum(c.accepted) as accepted, sum(c.rejected) as rejected, sum(c.attributes_sent) as attributes_sent,
      sum(c.requests) as requests,
      coalesce(sum((select sum(n) from unnest(c.invalid_values) n)) filter (where c.acked_at is null), 0)
        as invalid_values_unacked
    from outflow.change_chunk c
    where r.state <> 'closed' and c.run_id = d.run_id and c.diff_attempt = d.diff_attempt
    group by c.run_id
  ) sent on true`;

/** The run's figures as they stand: final once it is closed. */
export async function runResult(engine: Engine, runId: number): Promise<RunResult> {
  return readRunResult(engine.db, runId);
}

/**
 * `runResult`, for use in a transaction. Throws RunSuperseded for a run that the database lacks because it was set back to a
 * moment before it.
 */
export async function readRunResult(db: Knex, runId: number): Promise<RunResult> {
  const { rows } = await db.raw<{ rows: RunRow[] }>(`${runRows} where r.run_id = ?`, [runId]);
  if (!rows[0]) throw runSuperseded(runId);
  return asRunResult(rows[0]);
}

/**
 * The newest runs first, also those that were skipped. `activation` may be the name of one that was removed: its history
 * stays. Throws `ActivationUnknown` for a name that was never applied.
 */
export async function listRuns(engine: Engine, options: { activation?: string; limit: number }): Promise<RunResult[]> {
  const { activation, limit } = options;
  if (activation === undefined) {
    const { rows } = await engine.db.raw<{ rows: RunRow[] }>(`${runRows} order by r.run_id desc limit ?`, [limit]);
    return rows.map(asRunResult);
  }
  const known = await engine
    .db<{ activation_id: number; name: string }>('outflow.activation')
    .where({ name: activation })
    .first('activation_id');
  if (!known) throw await activationUnknown(engine.db, activation);
  const { rows } = await engine.db.raw<{ rows: RunRow[] }>(
    `${runRows} where r.activation_id = ? order by r.run_id desc limit ?`,
    [known.activation_id, limit],
  );
  return rows.map(asRunResult);
}

/** Records what the run is doing, and what it waits for. Throws `RunSuperseded` when it has lost the claim. */
export async function recordState(
  engine: Engine,
  run: ClaimedRun,
  {
    state,
    reason,
    hold,
    waiting,
  }: { state: Exclude<RunState, 'closed'>; reason?: string; hold?: RunHold; waiting?: RunWait },
): Promise<void> {
  const approved = hold?.approved;
  const write = (db: Knex): Promise<unknown[]> =>
    writeWithClaim(
      db,
      run,
      `update outflow.run set state = :state, state_reason = :reason, hold = coalesce(cast(:hold as jsonb), hold),
       waiting = cast(:waiting as jsonb),
       state_since = case when state = :state then state_since else clock_timestamp() end
     where run_id = :runId and state <> 'closed' and exists (select from claimed)
     returning run_id`,
      {
        state,
        reason: reason ?? null,
        hold: hold ? JSON.stringify(hold) : null,
        waiting: waiting ? JSON.stringify(waiting) : null,
      },
    );
  const written = await (approved
    ? engine.db.transaction(async (trx) => {
        await recordApproval(trx, run, hold.name, approved);
        return write(trx);
      })
    : write(engine.db));
  if (written.length === 0) throw runSuperseded(run.runId);
}

/** An approval is told with every state that follows it, and audited once. */
async function recordApproval(
  trx: Knex.Transaction,
  { activationId, runId }: ClaimedRun,
  name: string,
  { by: who = 'somebody', via }: NonNullable<RunHold['approved']>,
): Promise<void> {
  const known = await trx<{ run_id: number; hold: RunHold | null }>('outflow.run')
    .where({ run_id: runId })
    .forUpdate()
    .first('hold');
  if (!known?.hold?.approved)
    await recordAction(trx, { who, by: via ?? 'temporal-ui' }, 'approve', [activationId], { reason: name });
}

/** Records how far the diff has read. Throws `RunSuperseded` when the run has lost the claim. */
export async function setRowsRead(engine: Engine, run: ClaimedRun, rows: number): Promise<void> {
  await writeWithClaim(
    engine.db,
    run,
    `update outflow.run set rows_read = :rows where run_id = :runId and exists (select from claimed) returning run_id`,
    { rows },
  );
}

export function asRunResult(row: RunRow): RunResult {
  return {
    activation: row.activation,
    runId: row.run_id,
    workflowId: row.workflow_id,
    temporalRunId: row.temporal_run_id,
    mode: row.mode,
    ...(row.full_because === null ? {} : { fullBecause: row.full_because }),
    trigger: row.trigger,
    state: row.state,
    outcome: row.outcome,
    counts: {
      read: row.read,
      unchanged: row.unchanged,
      new: row.new,
      changed: row.changed,
      gone: row.gone,
      invalid: row.invalid,
      deferred: row.deferred,
      accepted: row.accepted,
      rejected: row.rejected,
      unsent: row.new + row.changed - row.accepted - row.rejected,
      invalidValues: row.invalid_values,
    },
    readMode: row.read_mode,
    attributesSent: row.attributes_sent,
    requests: row.requests,
    startedAt: row.started_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
    ...(row.hold === null ? {} : { hold: row.hold }),
    ...(row.waiting === null ? {} : { waiting: row.waiting }),
    ...(row.error === null ? {} : { error: row.error }),
  };
}
