import type { Client } from '@temporalio/client';
import { OutflowError } from '../activation/errors.js';
import { readEnvironment, type Environment } from '../config/environment.js';
import { openEngine, type Engine } from '../engine/database/database.js';
import { migrate } from '../engine/database/migrate.js';
import { asTemporalUnreachable } from '../temporal/temporal-unreachable.js';
import { requireConnections, type Connections } from './connections.js';

/** What a command works with. */
export interface Session {
  /** The file of definitions; it need not exist. */
  file: string;
  environment: Environment;
  connections: Connections;
  /** Of this version's schema. */
  engine: Engine;
  /** Connects when it is first asked for. Rejects with TemporalUnreachable. */
  temporal: () => Promise<Client>;
}

/**
 * Opens the engine's database for a command, and closes everything that it opened. Failures to reach the servers come out
 * as EngineUnreachable and TemporalUnreachable, also in the middle of the work.
 */
export async function withSession<T>(file: string, work: (session: Session) => Promise<T>): Promise<T> {
  const environment = await readEnvironment(file, process.env);
  const connections = await requireConnections(file, environment);
  const engine = openEngine(connections.databaseUrl, { applicationName: 'outflow cli' });
  let client: Promise<Client> | undefined;
  // Loaded late: commands that need the database alone answer at once.
  const temporal = () =>
    (client ??= import('../temporal/connection.js').then(({ connectClient }) => connectClient(connections.temporal)));
  try {
    await migrate(engine);
    return await work({ file, environment, connections, engine, temporal });
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
