import { openIncidents } from '../../engine/incidents/incidents.js';
import type { RecoveryContext } from './context.js';
import { wakeRecovery } from '../../temporal/recovery-workflow.js';

/**
 * Lets every open incident be probed at once. What fails is left: each is probed in its own time as well, and a recovery that
 * is missing begins with its worker.
 */
export async function wakeRecoveries({ engine, engineId, temporalClient }: RecoveryContext): Promise<void> {
  const incidents = await openIncidents(engine.db).catch(() => []);
  await Promise.allSettled(incidents.map((incident) => wakeRecovery(temporalClient, engineId, incident)));
}
