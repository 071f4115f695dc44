import type { RecoverySteps } from '../activation/steps.js';
import { readIncident } from '../engine/incidents.js';
import type { Dependencies } from './dependencies.js';

/** When the incident's culprit is to be probed first. */
export async function awaitProbe(
  { engine }: Dependencies,
  incidentId: number,
): ReturnType<RecoverySteps['awaitProbe']> {
  const { isClosed, hasToCatchUp, nextProbeInMs } = await readIncident(engine.db, incidentId);
  if (!isClosed) return { kind: 'open', nextProbeInMs };
  return hasToCatchUp ? { kind: 'open', nextProbeInMs: 0 } : { kind: 'over' };
}
