import { readEnvironment } from '../../config/environment.js';
import { exitCodeOf, OutflowError } from '../../activation/errors.js';
import { logFatal, runWorker } from '../../worker.js';
import { findStackConnections, noConnections, requireConnections } from '../../operations/connections.js';

/**
 * `outflow worker`: until SIGTERM or Ctrl-C, which end it gracefully. What ends it otherwise is the last line of its log, where
 * nobody reads it at a terminal.
 */
export async function workerCommand(options: { file: string; dev: boolean }): Promise<number> {
  if (process.stdout.isTTY) return serve(options);
  try {
    return await serve(options);
  } catch (error) {
    logFatal(error);
    return exitCodeOf(error instanceof OutflowError ? error.code : 'Unexpected');
  }
}

async function serve({ file, dev }: { file: string; dev: boolean }): Promise<number> {
  const environment = await readEnvironment(file, process.env);
  const connections = dev ? await findStackConnections(file) : await requireConnections(file, environment);
  if (!connections) throw noConnections(environment);
  const { databaseUrl, temporal } = connections;
  await runWorker({ databaseUrl, temporal, environment });
  return 0;
}
