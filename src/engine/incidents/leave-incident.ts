import type { Knex } from 'knex';
import type { Actor } from '../../activation/actor.js';
import type { Culprit } from '../../activation/culprit.js';
import type { ErrorReport } from '../../activation/errors.js';
import type { ActivationRow } from '../definitions/activation-row.js';
import { closeLocked } from './close-incident.js';
import { type ClosedBy, type IncidentRow, pausedByIncident } from './incidents.js';

/** An incident that an activation has left by the hand of a person. */
export interface LeftIncident extends Culprit {
  incidentId: number;
  error: ErrorReport;
  /** Whether it was closed by this: it keeps nothing paused any more. */
  isOver: boolean;
}

/**
 * Ends the pause of an activation whose incident goes on without it; the last one closes it. undefined when the activation
 * is not paused, or not by an incident.
 */
export async function leaveIncident(
  trx: Knex.Transaction,
  activationId: number,
  closedBy: ClosedBy,
  actor: Actor,
): Promise<LeftIncident | undefined> {
  const found = await trx<ActivationRow>('outflow.activation')
    .where({ activation_id: activationId })
    .first('paused_by_incident');
  if (!found?.paused_by_incident) return undefined;
  const incidentId = found.paused_by_incident;
  const incident = await trx<IncidentRow>('outflow.incident').where({ incident_id: incidentId }).forUpdate().first();
  // It may have ended while this waited for the lock.
  const left = await trx<ActivationRow>('outflow.activation')
    .where({ activation_id: activationId, paused_by_incident: incidentId })
    .update({ paused_at: null, paused_by: null, pause_reason: null, paused_by_incident: null });
  if (!incident || left === 0) return undefined;
  const isOver = (await pausedByIncident(trx, incidentId)).length === 0;
  if (isOver) await closeLocked(trx, incidentId, closedBy, actor);
  const { kind, name, error } = incident;
  return { incidentId, kind, name, error, isOver };
}
