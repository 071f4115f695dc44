import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import type { Account } from './unprivileged-account.js';

/** A server that runs beside us and does not outlive us. */
export interface ServerProcess {
  readonly pid: number;
  readonly running: boolean;
  /** Resolves when the process has ended, for whatever reason. */
  readonly exited: Promise<void>;
  /** Asks it to end and waits; after `graceMs` it is killed. */
  stop(signal: NodeJS.Signals, graceMs: number): Promise<void>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
  /** What it has written since it was started. */
  output(): Promise<string>;
}

/**
 * Starts a server in a process group of its own, so that a Ctrl-C in the terminal reaches only us and we end our
 * servers in order. Its output is appended to `logFile`. However we end, also by SIGKILL, the server gets
 * `signalWhenOrphaned`.
 * @throws the error of the system where the command cannot be executed.
 */
export async function spawnServer(options: {
  command: string;
  args: string[];
  logFile: string;
  signalWhenOrphaned: 'INT' | 'TERM';
  account?: Account | undefined;
  env?: Record<string, string>;
}): Promise<ServerProcess> {
  const log = await open(options.logFile, 'a', 0o600);
  const logStart = (await log.stat()).size;
  const umask = process.umask(0o077); // what a server keeps is for its account alone, such as Temporal's database
  const child = spawn(options.command, options.args, {
    cwd: '/',
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: { PATH: process.env['PATH'], ...options.env },
    ...(options.account && { uid: options.account.uid, gid: options.account.gid }),
  });
  process.umask(umask);
  try {
    await once(child, 'spawn');
  } finally {
    await log.close();
  }
  const pid = child.pid!;
  const releaseGuard = guardAgainstOrphaning(pid, options.signalWhenOrphaned);
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      releaseGuard();
      resolve();
    });
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  return {
    pid,
    get running() {
      return child.exitCode === null && child.signalCode === null;
    },
    exited,
    kill: () => end('SIGKILL'),
    stop: async (signal, graceMs) => {
      const killer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await end(signal);
      clearTimeout(killer);
    },
    output: async () => (await readFile(options.logFile)).subarray(logStart).toString(),
  };
}

/** A shell that waits on a pipe from us: when we are gone the pipe closes, and it ends the server. */
function guardAgainstOrphaning(pid: number, signal: string): () => void {
  const guard = spawn('sh', ['-c', `read _; kill -${signal} ${pid}`], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  return () => guard.kill('SIGKILL');
}
