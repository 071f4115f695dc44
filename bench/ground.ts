import { execFile, type ExecFileOptions } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startPostgres, type EmbeddedPostgres } from '../src/dev/embedded/postgres.js';
import { startStack, type Stack } from '../src/dev/embedded/stack.js';

/** A temporary folder and what was started in it: all gone after `end`. */
export class Ground {
  readonly folder: string;
  private readonly ending = new AbortController();
  private readonly ends: (() => Promise<unknown>)[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<Ground> {
    const folder = await mkdtemp(join(tmpdir(), 'outflow-bench-'));
    await chmod(folder, 0o755); // the account of the servers must be able to enter it
    return new Ground(folder);
  }

  /** Aborted when the end has begun: whoever is still at work must start nothing more. */
  get signal(): AbortSignal {
    return this.ending.signal;
  }

  /** Runs a program to its end, or to that of the ground. Rejects when it fails, with its `stderr`. */
  async run(command: string, args: string[], options: ExecFileOptions): Promise<void> {
    const stopped = { signal: this.signal, killSignal: 'SIGKILL', maxBuffer: 100_000_000 } as const;
    const running = promisify(execFile)(command, args, { ...options, ...stopped });
    const exited = new Promise((resolve) => running.child.once('close', resolve));
    this.ends.unshift(() => exited);
    await running;
  }

  /** Waits for something to start; `end` is called with it at the end, also when that comes before it has started. */
  async keep<T>(starting: Promise<T>, end: (started: T) => Promise<unknown>): Promise<T> {
    this.ends.unshift(async () => {
      const started = await starting.then(
        (value) => ({ value }),
        () => undefined,
      );
      if (started) await end(started.value);
    });
    return starting;
  }

  async end(): Promise<void> {
    this.ending.abort();
    const failures: unknown[] = [];
    for (const end of this.ends) await end().catch((error: unknown) => failures.push(error));
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 });
    if (failures.length > 0) throw failures[0];
  }
}

export interface Servers {
  /** The warehouse: a server of its own, as it would be. */
  source: EmbeddedPostgres;
  /** The engine's database and Temporal. */
  stack: Stack;
}

/** Starts them with the settings that they have by default: commits are durable. */
export async function startServers(ground: Ground, report: (line: string) => void): Promise<Servers> {
  const source = await ground.keep(startPostgres({ dataDir: join(ground.folder, 'source'), report }), removePostgres);
  const stack = await ground.keep(startStack({ folder: join(ground.folder, 'stack'), report }), async (started) => {
    await started.temporal.kill();
    await removePostgres(started.postgres);
    await started.stop();
  });
  return { source, stack };
}

/** Its data stand outside our folder where its account cannot enter that. */
async function removePostgres(postgres: EmbeddedPostgres): Promise<void> {
  await postgres.kill(); // nobody will read them
  await rm(postgres.home, { recursive: true, force: true, maxRetries: 10 });
}
