import { activationsOn } from '../activation/culprit.js';
import { OutflowError, type ErrorReport } from '../activation/errors.js';
import type { ProbeResult } from '../activation/steps.js';
import { releaseStrays } from '../engine/incidents/close-incident.js';
import { newestDefinitions } from '../engine/definitions/definitions.js';
import { readIncident, type IncidentState } from '../engine/incidents/incidents.js';
import { recordProbe } from '../engine/incidents/probes.js';
import { asUnexpected } from '../engine/database/unexpected.js';
import { catchUp } from '../operations/incidents/catch-up.js';
import { probe } from '../recovery/probe.js';
import type { Dependencies } from './dependencies.js';

/**
 * Tries the incident's culprit by the definitions that were applied last, and records what it met. Activations that do not
 * stand on it any more are resumed first; when none is left, the incident is over.
 */
export async function probeCulprit(deps: Dependencies, incidentId: number): Promise<ProbeResult> {
  const { engine } = deps;
  const incident = await readIncident(engine.db, incidentId);
  if (!incident) return { kind: 'over' };
  if (incident.isClosed) return { kind: incident.hasToCatchUp ? 'answered' : 'over' };
  const { definitions } = (await newestDefinitions(engine.db))!;
  const paused = await releaseStrays(engine, incidentId, activationsOn(definitions, incident));
  await catchUp(deps, incidentId);
  if (paused.length === 0) return { kind: 'over' };

  const met = await faultMet(deps, incident, () => probe(incident, paused, definitions, deps.environment));
  await recordProbe(engine, incidentId, met);
  if (met === null) return { kind: 'answered' };
  const { nextProbeInMs } = (await readIncident(engine.db, incidentId))!;
  return { kind: 'silent', nextProbeInMs };
}

/** A fault that Outflow does not know is no reason to give up: the next probe may meet another one, or none. */
async function faultMet(
  { engine }: Dependencies,
  { kind, name }: IncidentState,
  tryIt: () => Promise<void>,
): Promise<ErrorReport | null> {
  try {
    await tryIt();
    return null;
  } catch (error) {
    if (error instanceof OutflowError) return error.report();
    const what = `The probe of ${kind} "${name}" met something unexpected`;
    return (await asUnexpected(engine, null, error, what)).report();
  }
}
