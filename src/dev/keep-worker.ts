import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OutflowError } from '../activation/errors.js';
import { contentChanges, contentOf } from './env-file.js';
import { spawnServer, type ServerProcess } from './embedded/server-process.js';
import { say } from '../terminal/output.js';

/** Longer than a worker takes to end gracefully, which is a request's deadline. */
const GRACE_MS = 45_000;

/**
 * Keeps a worker for the servers of `outflow dev` until `stopped` settles, and ends it gracefully. Starts it anew when the
 * `.env` beside the file of definitions changes, because a worker reads its variables when it starts; `variables` are set
 * beside them. Throws Unexpected when it ends by itself.
 */
export async function keepWorker(
  file: string,
  logFile: string,
  variables: Record<string, string>,
  stopped: Promise<unknown>,
): Promise<void> {
  const envFile = join(dirname(resolve(file)), '.env');
  for (;;) {
    const content = await contentOf(envFile);
    const worker = await startWorker(file, logFile, variables);
    const watching = new AbortController();
    try {
      const event = await Promise.race([
        stopped.then(() => 'stopped' as const),
        worker.exited.then(() => 'exited' as const),
        contentChanges(envFile, content, watching.signal).then(
          () => 'changed' as const,
          () => 'unwatched' as const,
        ),
      ]);
      if (event === 'stopped') return;
      if (event === 'exited') throw await endedByItself(worker);
      say(`${envFile} has changed: the worker is started again.`);
    } finally {
      watching.abort();
      if (worker.running) await worker.stop('SIGTERM', GRACE_MS);
    }
  }
}

/** A program of its own, so that a fault of the worker does not end the servers. */
function startWorker(file: string, logFile: string, variables: Record<string, string>): Promise<ServerProcess> {
  const main = fileURLToPath(new URL('../cli/main.js', import.meta.url));
  return spawnServer({
    command: process.execPath,
    args: [main, 'worker', '--dev', '--file', resolve(file)],
    logFile,
    signalWhenOrphaned: 'TERM',
    env: { ...(process.env as Record<string, string>), ...variables },
  });
}

async function endedByItself(worker: ServerProcess): Promise<OutflowError> {
  const lines = (await worker.output()).trim().split('\n').slice(-5).join('\n');
  return new OutflowError('Unexpected', `The worker has ended by itself. Its last lines:\n${lines}`, 'Start again.');
}
