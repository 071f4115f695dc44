import { openIncidents } from '../engine/incidents/incidents.js';
import type { RecoveryContext } from '../operations/incidents/context.js';
import { startRecovery } from '../temporal/recovery-workflow.js';

/**
 * Sees to it that each open incident has the workflow that probes its culprit: a Temporal that was set up anew has none, and
 * nobody else would ever resume what is paused. What it could not start is reported. Safe to repeat, also at once.
 */
export async function startRecoveries(
  { engine, engineId, temporalClient }: RecoveryContext,
  report: (line: string) => void,
): Promise<void> {
  for (const incident of await openIncidents(engine.db)) {
    try {
      await startRecovery(temporalClient, engineId, incident);
    } catch {
      report(
        `The recovery of ${incident.kind} "${incident.name}" could not be started; it is tried again. \`outflow check\` and \`outflow resume\` end its pauses, too.`,
      );
    }
  }
}
