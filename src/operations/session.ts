import type { Client } from '@temporalio/client';
import type { Actor } from '../activation/actor.js';
import { OutflowError } from '../activation/errors.js';
import { readEnvironment, type Environment } from '../config/environment.js';
import { openEngine } from '../engine/database/database.js';
import { migrate } from '../engine/database/migrate.js';
import { asTemporalUnreachable } from '../temporal/temporal-unreachable.js';
import { requireConnections, type Connections } from './connections.js';
import type { OperationContext } from './context.js';

/** What somebody works with, from the first use case to the last. */
export interface Session extends OperationContext {
  /** The file of definitions; it need not exist. */
  file: string;
  environment: Environment;
  connections: Connections;
}

/**
 * Opens the engine's database for use cases of one file, and closes everything that it opened. Failures to reach the servers come out
 * as EngineUnreachable and TemporalUnreachable, also in the middle of the work.
 */
export async function withSession<T>(file: string, actor: Actor, work: (session: Session) => Promise<T>): Promise<T> {
  const environment = await readEnvironment(file, process.env);
  const connections = await requireConnections(file, environment);
  const engine = openEngine(connections.databaseUrl, { applicationName: 'outflow cli' });
  let client: Promise<Client> | undefined;
  // Loaded late: commands that need the database alone answer at once.
  const temporal = () =>
    (client ??= import('../temporal/connect-client.js').then(({ connectClient }) =>
      connectClient(connections.temporal),
    ));
  try {
    await migrate(engine);
    return await work({ file, environment, connections, engine, temporal, actor });
  } catch (error) {
    if (error instanceof OutflowError) throw error;
    throw asTemporalUnreachable(connections.temporal, error) ?? error;
  } finally {
    await engine.end();
    await client?.then(
      ({ connection }) => connection.close(),
      () => undefined,
    );
  }
}
