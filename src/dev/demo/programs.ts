import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { READY_LINE } from '../../worker/ready-line.js';
import { spawnServer, type ServerProcess } from '../embedded/server-process.js';

const cli = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
const standIn = fileURLToPath(new URL('../stand-ins/batch-mep/main.js', import.meta.url));

/** Where commands run, and with which variables. */
export interface Surroundings {
  folder: string;
  environment: Record<string, string>;
}

/** The variables of this process without those that would lead a command to other servers, and with those given. */
export function environmentWith(variables: Record<string, string>): Record<string, string> {
  const own = Object.entries(process.env).filter(([name]) => !/^(OUTFLOW|TEMPORAL)_/.test(name));
  return { ...(Object.fromEntries(own) as Record<string, string>), ...variables };
}

export interface LaunchOptions {
  logFile: string;
  signal: AbortSignal;
}

/** Starts `outflow worker` on the folder's definitions, and waits until it serves. */
export async function startWorker(
  { folder, environment }: Surroundings,
  options: LaunchOptions,
): Promise<ServerProcess> {
  const args = [cli, 'worker', '--file', join(folder, 'outflow.yaml')];
  const { program } = await startProgram('worker', args, environment, new RegExp(READY_LINE), options);
  return program;
}

/** Starts the Batch stand-in, and waits until it listens. */
export async function startStandIn(
  configFile: string,
  options: LaunchOptions,
): Promise<{ program: ServerProcess; url: string }> {
  // It holds every value of every contact, for each app.
  const args = ['--max-old-space-size=12000', standIn, '--config', configFile];
  const { program, found } = await startProgram('Batch stand-in', args, {}, /{"url":"(.*)"}/, options);
  return { program, url: found[1]! };
}

async function startProgram(
  name: string,
  args: string[],
  env: Record<string, string>,
  ready: RegExp,
  { logFile, signal }: LaunchOptions,
): Promise<{ program: ServerProcess; found: RegExpExecArray }> {
  const program = await spawnServer({ command: process.execPath, args, logFile, env, signalWhenOrphaned: 'TERM' });
  for (;;) {
    const found = ready.exec(await program.output());
    if (found) return { program, found };
    if (!program.running) throw new Error(`The ${name} of the demo has ended; ${logFile} says why.`);
    if (signal.aborted) {
      await program.kill();
      throw signal.reason;
    }
    await sleep(50);
  }
}

export interface CommandEnd {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs an `outflow` command in the folder. It is killed when `signal` aborts, and this rejects with the signal's reason. */
export async function runOutflow(
  args: string[],
  { folder, environment }: Surroundings,
  signal: AbortSignal,
): Promise<CommandEnd> {
  signal.throwIfAborted();
  // In a process group of its own: Ctrl-C in the terminal is for the demo, which ends its commands by itself.
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const kill = (): boolean => child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  try {
    const [stdout, stderr, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number | null]>,
    ]);
    signal.throwIfAborted();
    return { exitCode: exitCode ?? 1, stdout, stderr };
  } finally {
    signal.removeEventListener('abort', kill);
  }
}
