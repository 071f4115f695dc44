import type { RecoverySteps } from '../activation/steps.js';
import { readIncident } from '../engine/incidents/incidents.js';
import type { Dependencies } from './dependencies.js';

/** When the incident's culprit is to be probed first. */
export async function awaitProbe(
  { engine }: Dependencies,
  incidentId: number,
): ReturnType<RecoverySteps['awaitProbe']> {
  const incident = await readIncident(engine.db, incidentId);
  if (incident && !incident.isClosed) return { kind: 'open', nextProbeInMs: incident.nextProbeInMs };
  return incident?.hasToCatchUp ? { kind: 'open', nextProbeInMs: 0 } : { kind: 'over' };
}
