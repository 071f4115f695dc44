import type { Knex } from 'knex';
import type { ActivationRow } from '../definitions/activation-row.js';
import { type Actor, recoveryItself } from '../../activation/actor.js';
import { recordAction } from '../audit/audit.js';
import type { Engine } from '../database/database.js';
import { type ClosedBy, type IncidentRow, pausedByIncident } from './incidents.js';

/** An activation that an incident has given back. */
export interface ReleasedActivation {
  activationId: number;
  name: string;
}

/**
 * Closes the incident and resumes the activations that it has paused: their schedules and the run of each that makes up for
 * the pause are still to be started. Safe to repeat. Returns the names of those that were resumed by it, also when it was
 * closed before.
 */
export async function closeIncident(
  engine: Engine,
  incidentId: number,
  closedBy: ClosedBy,
  actor: Actor = recoveryItself,
): Promise<string[]> {
  return engine.db.transaction(async (trx) => {
    const incident = await lockIncident(trx, incidentId);
    return incident.closed_at ? (incident.resumed ?? []) : closeLocked(trx, incidentId, closedBy, actor);
  });
}

/**
 * Resumes, as closeIncident does, the activations that the incident has paused and that do not stand on its culprit any
 * more; closes it when none is left. Returns the names of those that it keeps paused: none when it is closed.
 */
export async function releaseStrays(
  engine: Engine,
  incidentId: number,
  standing: readonly string[],
): Promise<string[]> {
  return engine.db.transaction(async (trx) => {
    const incident = await lockIncident(trx, incidentId);
    if (incident.closed_at) return [];
    const strays = (await pausedByIncident(trx, incidentId)).filter((name) => !standing.includes(name));
    await release(trx, incidentId, recoveryItself, (rows) => rows.whereIn('name', strays));
    const paused = await pausedByIncident(trx, incidentId);
    if (paused.length === 0) await closeLocked(trx, incidentId, 'obsolete', recoveryItself);
    return paused;
  });
}

/** Under the lock of an open incident. */
export async function closeLocked(
  trx: Knex.Transaction,
  incidentId: number,
  closedBy: ClosedBy,
  actor: Actor,
): Promise<string[]> {
  const resumed = await pausedByIncident(trx, incidentId);
  await trx<IncidentRow>('outflow.incident')
    .where({ incident_id: incidentId })
    .update({ closed_at: trx.raw<Date>('clock_timestamp()'), closed_by: closedBy, resumed });
  await release(trx, incidentId, actor, (rows) => rows);
  return resumed;
}

/** Those whose schedule and run are still to be started after this incident, by name. */
export async function activationsToCatchUp(db: Knex, incidentId: number): Promise<ReleasedActivation[]> {
  const rows = await db<ActivationRow>('outflow.activation')
    .where({ to_catch_up_after: incidentId, removed_at: null })
    .orderBy('name')
    .select('activation_id', 'name');
  return rows.map(({ activation_id: activationId, name }) => ({ activationId, name }));
}

/** Records that its schedule goes on and its run is started. */
export async function caughtUp(db: Knex, activationId: number, incidentId: number): Promise<void> {
  await db<ActivationRow>('outflow.activation')
    .where({ activation_id: activationId, to_catch_up_after: incidentId })
    .update({ to_catch_up_after: null });
}

async function lockIncident(trx: Knex.Transaction, incidentId: number): Promise<IncidentRow> {
  const incident = await trx<IncidentRow>('outflow.incident').where({ incident_id: incidentId }).forUpdate().first();
  if (!incident) throw new Error(`There is no incident ${incidentId}`);
  return incident;
}

/** A removed activation is no longer paused either, but nothing is started for it. */
async function release(
  trx: Knex.Transaction,
  incidentId: number,
  actor: Actor,
  which: (rows: Knex.QueryBuilder<ActivationRow>) => Knex.QueryBuilder<ActivationRow>,
): Promise<void> {
  const released = which(trx<ActivationRow>('outflow.activation').where({ paused_by_incident: incidentId }));
  const activationIds: number[] = await released.clone().pluck('activation_id');
  await released.update({
    paused_at: null,
    paused_by: null,
    pause_reason: null,
    paused_by_incident: null,
    to_catch_up_after: trx.raw('case when removed_at is null then paused_by_incident end'),
  });
  await recordAction(trx, actor, 'resume', activationIds, { reason: `incident ${incidentId} is over` });
}
