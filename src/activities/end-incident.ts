import { endIncident as end } from '../operations/incidents/end-incident.js';
import type { Dependencies } from './dependencies.js';
import { withHeartbeats } from './heartbeats.js';

/** Resumes what the incident has paused, because its culprit has answered a probe. */
export async function endIncident(deps: Dependencies, incidentId: number): Promise<{ resumed: string[] }> {
  return withHeartbeats(
    () => undefined,
    () => end(deps, incidentId, 'probe'),
  );
}
