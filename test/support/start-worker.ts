import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { READY_LINE } from '../../src/worker/ready-line.js';
import { stretched } from './patience.js';

/** `outflow worker` as a process of its own. */
export interface WorkerProcess {
  readonly pid: number;
  /** Everything that it has written to stdout and stderr. */
  output(): string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves to its exit code. */
  stop(): Promise<number | null>;
}

/** Starts the built command with this environment and nothing of the caller's, and waits until it serves Temporal. */
export async function startWorker(
  dist: string,
  folder: string,
  environment: Record<string, string>,
): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [join(dist, 'cli', 'main.js'), 'worker'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exited = once(child, 'exit');
  const serving = new Promise<boolean>((resolve) => {
    const take = (text: Buffer): void => {
      output += text.toString();
      if (output.includes(READY_LINE)) resolve(true);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('exit', () => resolve(false));
  });
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
    return child.exitCode;
  };
  const tooLate = setTimeout(() => child.kill('SIGKILL'), stretched(60_000));
  const isServing = await serving;
  clearTimeout(tooLate);
  if (!isServing) throw new Error(`The worker did not start:\n${output}`);
  return {
    pid: child.pid!,
    output: () => output,
    async kill() {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
  };
}
