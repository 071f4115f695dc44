import { readEnvironment } from '../../config/environment.js';
import { runWorker } from '../../worker.js';
import { findStackConnections, noConnections, requireConnections } from '../../operations/connections.js';

/** `outflow worker`: until SIGTERM or Ctrl-C, which end it gracefully. */
export async function workerCommand({ file, dev }: { file: string; dev: boolean }): Promise<number> {
  const environment = await readEnvironment(file, process.env);
  const connections = dev ? await findStackConnections(file) : await requireConnections(file, environment);
  if (!connections) throw noConnections(environment);
  const { databaseUrl, temporal } = connections;
  await runWorker({ databaseUrl, temporal, environment });
  return 0;
}
