import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Report } from './report.js';

/** A program of this machine that ends by itself. */
export interface Tool {
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd?: string;
  /** It is killed after that. */
  timeoutMs: number;
  signal?: AbortSignal;
}

/**
 * Runs it and gives what it wrote to stdout.
 * @throws Error that says in one line why it failed: the last thing that it wrote to stderr, if it wrote anything.
 */
export async function runTool({ command, args, timeoutMs, ...options }: Tool): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, args, {
      ...options,
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: 2 ** 26,
    });
    return stdout;
  } catch (error) {
    throw new Error(reasonOf(error, command, timeoutMs), { cause: error });
  }
}

function reasonOf(error: unknown, command: string, timeoutMs: number): string {
  const { code, killed, stderr } = error as { code?: string | number; killed?: boolean; stderr?: string };
  if (code === 'ENOENT') return `there is no ${command} here`;
  if (killed) return `${command} did not end within ${timeoutMs / 1000} s`;
  return stderr?.trim().split('\n').at(-1) || (error as Error).message;
}

const reportEveryMs = 10_000;

/** Reports `line` at once and, while the work lasts, how long it has taken. */
export async function withProgress<T>(report: Report, line: string, work: () => Promise<T>): Promise<T> {
  const startedAt = Date.now();
  report(`${line} ...`);
  const ticks = setInterval(
    () => report(`${line}: ${Math.round((Date.now() - startedAt) / 1000)} s ...`),
    reportEveryMs,
  );
  try {
    return await work();
  } finally {
    clearInterval(ticks);
  }
}
