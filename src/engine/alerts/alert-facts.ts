import type { Knex } from 'knex';
import type { AlertIncident } from '../../activation/alert-message.js';
import type { AlertCondition } from '../../activation/alerts.js';
import type { RunResult } from '../../activation/run.js';
import { readRunResult } from '../runs/runs.js';

/** What alerts follow from, of one activation at one moment. */
export interface AlertFacts {
  activationId: number;
  activation: string;
  now: Date;
  /** Conditions that are raised, with since when they hold. */
  raised: Map<AlertCondition, Date>;
  /**
   * Runs that have ended since the last look, in order, without those that were skipped. At the first look: the last one
   * that completed, and the last one that failed after it.
   */
  ended: RunResult[];
  openRun?: RunResult;
  /** `incident`: of an automatic pause. */
  pause?: { since: Date; incident?: AlertIncident };
  /** Since when everything is owed, because the engine's database was set back. */
  setBackAt?: Date;
  /** How stale it is counts from here; null: not counted. At the first look: the end of the last completed run, or now. */
  countedFrom: Date | null;
}

interface FactsRow {
  activation_id: number;
  name: string;
  now: Date;
  raised: { condition: AlertCondition; since: string }[];
  ended: number[];
  open_run: number | null;
  paused_at: Date | null;
  incident: AlertIncident | null;
  set_back_at: Date | null;
  watched: boolean;
  counted_from: Date | null;
  completed_at: Date | null;
}

/** One statement, so that no run is seen as neither open nor ended. */
const factsRows = /* sql */ `
  select a.activation_id, a.name, clock_timestamp() as now, a.paused_at, c.run_id as open_run, w.counted_from,
    w.activation_id is not null as watched,
    (select jsonb_build_object('kind', i.kind, 'name', i.name, 'error', i.error) from outflow.incident i
      where i.incident_id = a.paused_by_incident) as incident,
    (select e.epoch from outflow.engine e join outflow.snapshot s on e.set_back_because in (s.full_due, s.full_because)
      where s.activation_id = a.activation_id) as set_back_at,
    coalesce((select jsonb_agg(jsonb_build_object('condition', s.condition, 'since', s.since))
      from outflow.alert_state s where s.activation_id = a.activation_id), '[]') as raised,
    case when w.activation_id is not null then array(
      select r.run_id from outflow.run r
      where r.activation_id = a.activation_id and r.run_id > w.through_run and r.state = 'closed' and r.outcome <> 'skipped'
      order by r.run_id)
    else array(
      select run_id from unnest(array[last.completed, case when last.failed > coalesce(last.completed, 0) then last.failed end])
        as ends (run_id)
      where run_id is not null order by run_id)
    end as ended,
    last.completed_at
  from outflow.activation a
  left join outflow.claim c using (activation_id)
  left join outflow.alert_watch w using (activation_id)
  left join lateral (
    select max(r.run_id) filter (where r.outcome in ('completed', 'completed_with_warnings')) as completed,
      max(r.run_id) filter (where r.outcome = 'failed') as failed,
      max(r.finished_at) filter (where r.outcome in ('completed', 'completed_with_warnings')) as completed_at
    from outflow.run r where r.activation_id = a.activation_id and w.activation_id is null
  ) last on true
  where a.removed_at is null
  order by a.activation_id`;

/** Of every activation that is applied and not removed. */
export async function readAlertFacts(trx: Knex.Transaction): Promise<AlertFacts[]> {
  const { rows } = await trx.raw<{ rows: FactsRow[] }>(factsRows);
  const facts: AlertFacts[] = [];
  for (const row of rows) {
    const ended: RunResult[] = [];
    for (const runId of row.ended) ended.push(await readRunResult(trx, runId));
    const openRun = row.open_run === null ? undefined : await readRunResult(trx, row.open_run);
    facts.push({
      activationId: row.activation_id,
      activation: row.name,
      now: row.now,
      raised: new Map(row.raised.map(({ condition, since }) => [condition, new Date(since)])),
      ended,
      // One that has ended meanwhile is among those of the next look.
      ...(openRun && openRun.state !== 'closed' && { openRun }),
      ...(row.paused_at && { pause: { since: row.paused_at, ...(row.incident && { incident: row.incident }) } }),
      ...(row.set_back_at && { setBackAt: row.set_back_at }),
      countedFrom: row.watched ? row.counted_from : (row.completed_at ?? row.now),
    });
  }
  return facts;
}
