import type { Environment } from '../../config/environment.js';
import { openEngine } from '../../engine/database/database.js';
import { requireMigratable } from '../../engine/database/migrate.js';
import { connectClient } from '../../temporal/connect-client.js';
import { findConnections, noConnections, type Connections } from '../connections.js';
import { faultOf, merged } from './findings.js';
import type { Findings } from './report.js';

/**
 * Whether the engine's database and Temporal answer, and whether the database has this version's schema, or may get it. Where nothing says where they are that is a warning: definitions can
 * be checked before there is an engine.
 */
export async function checkServers(file: string, environment: Environment): Promise<Findings> {
  try {
    const connections = await findConnections(file, environment);
    if (!connections) {
      const { message, remedy } = noConnections(environment);
      return { warnings: [{ code: 'no_engine', message, remedy }] };
    }
    return merged(await Promise.all([checkEngine(connections), checkTemporal(connections)]));
  } catch (error) {
    return faultOf(error);
  }
}

async function checkEngine({ databaseUrl }: Connections): Promise<Findings> {
  try {
    const engine = openEngine(databaseUrl, { applicationName: 'outflow check' });
    try {
      await requireMigratable(engine);
      return {};
    } finally {
      await engine.end();
    }
  } catch (error) {
    return faultOf(error);
  }
}

async function checkTemporal({ temporal }: Connections): Promise<Findings> {
  try {
    const { connection } = await connectClient(temporal);
    await connection.close();
    return {};
  } catch (error) {
    return faultOf(error);
  }
}
