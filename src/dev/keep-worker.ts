import { unwatchFile, watchFile } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OutflowError } from '../activation/errors.js';
import { spawnServer, type ServerProcess } from './embedded/server-process.js';
import { say } from '../terminal/output.js';

/** Longer than a worker takes to end gracefully, which is a request's deadline. */
const GRACE_MS = 45_000;
const WATCH_EVERY_MS = 1_000;

/**
 * Keeps a worker for the servers of `outflow dev` until `stopped` settles, and ends it gracefully. Starts it anew when the
 * `.env` beside the file of definitions changes, because a worker reads its variables when it starts. Throws Unexpected
 * when it ends by itself.
 */
export async function keepWorker(file: string, logFile: string, stopped: Promise<unknown>): Promise<void> {
  const envFile = join(dirname(resolve(file)), '.env');
  for (;;) {
    const worker = await startWorker(file, logFile);
    const change = nextChange(envFile);
    try {
      const event = await Promise.race([
        stopped.then(() => 'stopped' as const),
        worker.exited.then(() => 'exited' as const),
        change.happened.then(() => 'changed' as const),
      ]);
      if (event === 'stopped') return;
      if (event === 'exited') throw await endedByItself(worker);
      say(`${envFile} has changed: the worker is started again.`);
    } finally {
      change.stopWatching();
      if (worker.running) await worker.stop('SIGTERM', GRACE_MS);
    }
  }
}

/** A program of its own, so that a fault of the worker does not end the servers. */
function startWorker(file: string, logFile: string): Promise<ServerProcess> {
  const main = fileURLToPath(new URL('../cli/main.js', import.meta.url));
  return spawnServer({
    command: process.execPath,
    args: [main, 'worker', '--dev', '--file', resolve(file)],
    logFile,
    signalWhenOrphaned: 'TERM',
    env: process.env as Record<string, string>,
  });
}

/** Also the first writing of a file that is not there, and its removal. */
function nextChange(path: string): { happened: Promise<void>; stopWatching: () => void } {
  let changed = (): void => undefined;
  const happened = new Promise<void>((resolve) => (changed = resolve));
  const listener = (): void => changed();
  watchFile(path, { interval: WATCH_EVERY_MS, persistent: false }, listener);
  return { happened, stopWatching: () => unwatchFile(path, listener) };
}

async function endedByItself(worker: ServerProcess): Promise<OutflowError> {
  const lines = (await worker.output()).trim().split('\n').slice(-5).join('\n');
  return new OutflowError('Unexpected', `The worker has ended by itself. Its last lines:\n${lines}`, 'Start again.');
}
