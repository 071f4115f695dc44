import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OutflowError } from '../../activation/errors.js';
import { readEnvironment } from '../../config/environment.js';
import { spawnServer, type ServerProcess } from '../../dev/embedded/server-process.js';
import { startStack, type Stack } from '../../dev/embedded/stack.js';
import { devFolder } from '../connections.js';
import { print, say, warn } from '../output.js';

export interface DevOptions {
  file: string;
  postgresPort?: number;
  temporalPort?: number;
  uiPort?: number;
}

/** Longer than a worker takes to end gracefully, which is a request's deadline. */
const WORKER_GRACE_MS = 45_000;

/** `outflow dev`: until Ctrl-C or SIGTERM. Throws Unexpected when the worker ends by itself. */
export async function devCommand(options: DevOptions): Promise<number> {
  const { file, postgresPort, temporalPort, uiPort } = options;
  const stopped = Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
  const folder = devFolder(file);
  const { values, lookedIn } = await readEnvironment(file, process.env);
  if (values.has('OUTFLOW_DATABASE_URL')) {
    warn(`OUTFLOW_DATABASE_URL is set in ${lookedIn}: other commands use it, and not the servers that start here.`);
  }
  const stack = await startStack({
    folder,
    report: say,
    ports: {
      ...(postgresPort !== undefined && { postgres: postgresPort }),
      ...(temporalPort !== undefined && { temporal: temporalPort }),
      ...(uiPort !== undefined && { ui: uiPort }),
    },
  });
  try {
    const worker = await startWorker(file, join(folder, 'worker.log'));
    try {
      print(addresses(stack, folder));
      await Promise.race([stopped, worker.exited.then(() => endedByItself(worker))]);
      say('Ending the worker, Temporal and PostgreSQL.');
    } finally {
      if (worker.running) await worker.stop('SIGTERM', WORKER_GRACE_MS);
    }
  } finally {
    await stack.stop();
  }
  return 0;
}

/** A program of its own, so that a fault of the worker does not end the servers. */
function startWorker(file: string, logFile: string): Promise<ServerProcess> {
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  return spawnServer({
    command: process.execPath,
    args: [main, 'worker', '--dev', '--file', resolve(file)],
    logFile,
    signalWhenOrphaned: 'TERM',
    env: process.env as Record<string, string>,
  });
}

function addresses(stack: Stack, folder: string): string {
  const database = new URL(stack.databaseUrl);
  database.password = '';
  return [
    `Temporal UI    ${stack.temporalUiUrl}`,
    `Temporal       ${stack.temporalAddress}`,
    `PostgreSQL     ${database.href} (the password is in ${join(folder, 'dev.json')})`,
    `worker's log   ${join(folder, 'worker.log')}`,
    'Commands in this folder use these servers. Ctrl-C ends them; what they hold is kept.',
  ].join('\n');
}

async function endedByItself(worker: ServerProcess): Promise<never> {
  const lines = (await worker.output()).trim().split('\n').slice(-5).join('\n');
  throw new OutflowError('Unexpected', `The worker has ended by itself. Its last lines:\n${lines}`, 'Start again.');
}
