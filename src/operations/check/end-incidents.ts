import { isDeepStrictEqual } from 'node:util';
import type { Actor } from '../../activation/actor.js';
import { activationParts } from '../../activation/activation-parts.js';
import { culpritText } from '../../activation/culprit.js';
import type { Definitions } from '../../activation/definitions.js';
import type { Environment } from '../../config/environment.js';
import { engineId, openEngine, type Engine } from '../../engine/database/database.js';
import { newestDefinitions } from '../../engine/definitions/definitions.js';
import { openIncidents, type OpenIncident } from '../../engine/incidents/incidents.js';
import { endIncident } from '../incidents/end-incident.js';
import { wakeRecovery } from '../../temporal/recovery-workflow.js';
import { connectClient } from '../../temporal/connect-client.js';
import { findConnections, type Connections } from '../connections.js';
import type { CheckWarning, Findings, Recovered } from './report.js';

/**
 * After a check without faults: ends the incidents that have paused the activations of these definitions, as a probe that
 * is answered does. Runs use what was applied, so an activation that is not applied as it was checked proves nothing.
 */
export async function endIncidents(
  file: string,
  environment: Environment,
  checked: Definitions,
  actor: Actor,
): Promise<Findings> {
  const connections = await findConnections(file, environment);
  if (!connections) return {};
  const engine = openEngine(connections.databaseUrl, { applicationName: 'outflow check' });
  try {
    if (!(await knowsIncidents(engine))) return {};
    const incidents = (await openIncidents(engine.db)).filter(({ activations }) =>
      activations.some((name) => name in checked.activations),
    );
    if (incidents.length === 0) return {};
    const applied = (await newestDefinitions(engine.db))!.definitions;
    const isProved = ({ activations }: OpenIncident): boolean =>
      activations.some((name) => name in checked.activations && isSame(name, checked, applied));
    return {
      recovered: await endThem(connections, engine, incidents.filter(isProved), actor),
      warnings: incidents.filter((incident) => !isProved(incident)).map(notApplied),
    };
  } finally {
    await engine.end();
  }
}

/** A database that no command of this version has migrated yet has no incidents. */
async function knowsIncidents(engine: Engine): Promise<boolean> {
  const { rows } = await engine.db.raw<{ rows: unknown[] }>(`select where to_regclass('outflow.incident') is not null`);
  return rows.length > 0;
}

/** Definitions come back from the database without keys whose value is undefined. */
function isSame(name: string, checked: Definitions, applied: Definitions): boolean {
  const parts = JSON.parse(JSON.stringify(activationParts(checked, name))) as unknown;
  return name in applied.activations && isDeepStrictEqual(parts, activationParts(applied, name));
}

async function endThem(
  { temporal }: Connections,
  engine: Engine,
  incidents: OpenIncident[],
  actor: Actor,
): Promise<Recovered[]> {
  if (incidents.length === 0) return [];
  const temporalClient = await connectClient(temporal);
  try {
    const context = { engine, engineId: await engineId(engine), temporalClient };
    const recovered: Recovered[] = [];
    for (const incident of incidents) {
      const { resumed } = await endIncident(context, incident.incidentId, 'check', actor);
      await wakeRecovery(temporalClient, context.engineId, incident);
      recovered.push({ kind: incident.kind, name: incident.name, resumed });
    }
    return recovered;
  } finally {
    await temporalClient.connection.close();
  }
}

function notApplied(incident: OpenIncident): CheckWarning {
  return {
    code: 'paused_not_applied',
    message: `The automatic pause of ${incident.activations.join(', ')} goes on (${culpritText(incident, incident.error.code)}): what was checked is not what is applied.`,
    remedy: 'Run `outflow apply`, then check again; or wait for the next probe, which tries what is applied.',
  };
}
