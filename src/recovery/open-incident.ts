import type { OpenIncidentResult } from '../activation/steps.js';
import { pausedByIncident } from '../engine/incidents/incidents.js';
import { recordIncident, type MetCulprit } from '../engine/incidents/open-incident.js';
import { pauseAutomatically, resumeAutomatically } from '../temporal/automatic-pause.js';
import type { RecoveryContext } from '../operations/incidents/context.js';
import { startRecovery } from '../temporal/recovery-workflow.js';

/**
 * Pauses every activation that stands on the culprit, and starts the workflow that resumes them once it answers: first the
 * fact, then the workflow, without which nothing would be resumed, then the schedules. Their open runs are left alone, and so is what a person has paused. Safe to
 * repeat.
 */
export async function openIncident(context: RecoveryContext, met: MetCulprit): Promise<OpenIncidentResult> {
  const { engine, engineId, temporalClient } = context;
  const opened = await recordIncident(engine, met);
  if (!opened) return { paused: [] };
  const { incidentId, reason, paused } = opened;
  await startRecovery(temporalClient, engineId, { incidentId, ...met.culprit });
  for (const name of paused) await pauseAutomatically(temporalClient, engineId, name, reason);
  const still = await pausedByIncident(engine.db, incidentId);
  for (const name of paused) {
    // Resumed meanwhile, before its schedule was paused.
    if (!still.includes(name)) await resumeAutomatically(temporalClient, engineId, name, 'Resumed by Outflow');
  }
  return { incidentId, paused };
}
