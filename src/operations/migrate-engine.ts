import { readEnvironment } from '../config/environment.js';
import { openEngine } from '../engine/database/database.js';
import { migrate } from '../engine/database/migrate.js';
import { requireConnections } from './connections.js';

/** Migrates the engine's database. `where`: `host:port/database`. `made`: the names of the migrations that were missing. */
export async function migrateEngine(file: string): Promise<{ where: string; made: string[] }> {
  const { databaseUrl } = await requireConnections(file, await readEnvironment(file, process.env));
  const engine = openEngine(databaseUrl, { applicationName: 'outflow migrate' });
  try {
    return { where: engine.where, made: await migrate(engine) };
  } finally {
    await engine.end();
  }
}
