import type { Knex } from 'knex';
import { outflowItself } from '../../activation/actor.js';
import { activationsOn, type Culprit, culpritText } from '../../activation/culprit.js';
import type { ErrorReport } from '../../activation/errors.js';
import type { ActivationRow } from '../definitions/activation-row.js';
import { recordAction } from '../audit/audit.js';
import { takeAdvisoryLock } from '../database/advisory-lock.js';
import type { Engine } from '../database/database.js';
import { newestDefinitions } from '../definitions/definitions.js';
import { type IncidentRow, pausedByIncident } from './incidents.js';
import { afterProbes } from './probes.js';

/** A failed run whose culprit has to be mended. */
export interface MetCulprit {
  runId: number;
  culprit: Culprit;
  error: ErrorReport;
}

export interface OpenedIncident {
  incidentId: number;
  /** Of the pauses: `source "warehouse" cannot be reached`. */
  reason: string;
  /** Names of the activations that it keeps paused, also those that it had paused before. */
  paused: string[];
}

/**
 * Opens an incident for the culprit, unless one is open, and pauses every activation that stands on the culprit by the
 * newest definitions and is not paused. undefined when there is nothing to pause: then nothing would have to be resumed.
 * Safe to repeat: an incident that this run has opened, and that has ended since, is not opened again.
 */
export async function recordIncident(engine: Engine, met: MetCulprit): Promise<OpenedIncident | undefined> {
  const { culprit, error, runId } = met;
  return engine.db.transaction(async (trx) => {
    // No apply comes between the definitions and the activations' names, nobody pauses what is found unpaused, and of two
    // runs the second finds what the first did.
    await takeAdvisoryLock(trx, 'apply');
    const own = await trx<IncidentRow>('outflow.incident').where({ run_id: runId }).first('closed_at');
    if (own?.closed_at) return undefined;
    const applied = await newestDefinitions(trx);
    const due: number[] = await trx<ActivationRow>('outflow.activation')
      .where({ removed_at: null, paused_at: null })
      .whereIn('name', applied ? activationsOn(applied.definitions, culprit) : [])
      .pluck('activation_id');
    const open = await trx<IncidentRow>('outflow.incident')
      .where({ kind: culprit.kind, name: culprit.name, closed_at: null })
      .forUpdate()
      .first('incident_id', 'error');
    if (!open && due.length === 0) return undefined;
    const incidentId = open?.incident_id ?? (await insertIncident(trx, met));
    const reason = culpritText(culprit, (open?.error ?? error).code);
    await trx<ActivationRow>('outflow.activation').whereIn('activation_id', due).update({
      paused_at: trx.fn.now(),
      paused_by: outflowItself.who,
      pause_reason: reason,
      paused_by_incident: incidentId,
      to_catch_up_after: null,
    });
    await recordAction(trx, outflowItself, 'pause', due, { reason });
    return { incidentId, reason, paused: await pausedByIncident(trx, incidentId) };
  });
}

async function insertIncident(trx: Knex.Transaction, { culprit, error, runId }: MetCulprit): Promise<number> {
  const probes = await probesToGoOnFrom(trx, culprit);
  const rows: { incident_id: number }[] = await trx('outflow.incident').insert(
    { ...culprit, error, run_id: runId, probes, next_probe_at: trx.raw(afterProbes('?'), [probes]) },
    ['incident_id'],
  );
  return rows[0]!.incident_id;
}

/**
 * The culprit may answer its probes and fail its runs, for a cause that no probe can see: then the next incident goes on
 * with the interval of the last one, so that it does not start a run every minute.
 */
async function probesToGoOnFrom(trx: Knex.Transaction, { kind, name }: Culprit): Promise<number> {
  const { rows } = await trx.raw<{ rows: { probes: number }[] }>(
    `select probes from (select * from outflow.incident where kind = ? and name = ? order by incident_id desc limit 1) last
     where closed_by = 'probe' and closed_at > clock_timestamp() - interval '1 hour'`,
    [kind, name],
  );
  return rows[0]?.probes ?? 0;
}
