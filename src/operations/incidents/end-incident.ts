import { type Actor, recoveryItself } from '../../activation/actor.js';
import { closeIncident } from '../../engine/incidents/close-incident.js';
import type { ClosedBy } from '../../engine/incidents/incidents.js';
import { catchUp } from './catch-up.js';
import type { RecoveryContext } from './context.js';

/**
 * Resumes exactly the activations that the incident has paused, and starts one run of each. Closed first, so that a run
 * that fails at once opens an incident of its own; what is left to do is in the engine's database until it is done. Safe to
 * repeat.
 */
export async function endIncident(
  context: RecoveryContext,
  incidentId: number,
  closedBy: ClosedBy,
  actor: Actor = recoveryItself,
): Promise<{ resumed: string[] }> {
  const resumed = await closeIncident(context.engine, incidentId, closedBy, actor);
  await catchUp(context, incidentId);
  return { resumed };
}
