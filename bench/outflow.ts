import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import type { RunCounts, RunResult } from '../src/activation/run.js';
import { taskQueue } from '../src/activation/task-queues.js';
import type { Ground, Servers } from './ground.js';
import { attributes } from './source-data.js';

/** A run that has ended. */
export interface EndedRun {
  result: RunResult;
  /** From the start to the close of its workflow, as Temporal has them. */
  seconds: number;
}

export interface Worker {
  readonly pid: number;
  stop(): Promise<void>;
}

const startWithinMs = 60_000;

/** The product as its users have it: the built commands, an outflow.yaml, workers, and runs that Temporal starts. */
export class Outflow {
  readonly #dist: string;
  readonly #ground: Ground;
  readonly #environment: Record<string, string>;
  readonly #client: Client;

  constructor(parts: { dist: string; ground: Ground; environment: Record<string, string>; client: Client }) {
    this.#dist = parts.dist;
    this.#ground = parts.ground;
    this.#environment = parts.environment;
    this.#client = parts.client;
  }

  /** Applies one activation for each segment: name to SQL. */
  async apply(segments: Record<string, string>): Promise<void> {
    const file = join(this.#ground.folder, 'outflow.yaml');
    await writeFile(file, JSON.stringify(definitionsOf(segments))); // JSON is YAML
    await promisify(execFile)(process.execPath, [this.#command, 'apply', '--yes', '--file', file], {
      cwd: this.#ground.folder,
      env: this.#environment,
    });
  }

  /** Starts `outflow worker` and waits until it serves Temporal. */
  async startWorker(): Promise<Worker> {
    const child = spawn(process.execPath, [this.#command, 'worker'], {
      cwd: this.#ground.folder,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exited = once(child, 'exit');
    let output = '';
    const serving = new Promise<boolean>((resolve) => {
      const take = (text: Buffer): void => {
        output = (output + text.toString()).slice(-10_000);
        if (output.includes('The worker serves Temporal')) resolve(true);
      };
      child.stdout.on('data', take);
      child.stderr.on('data', take);
      child.once('exit', () => resolve(false));
    });
    const end = async (signal: NodeJS.Signals): Promise<void> => {
      child.kill(signal);
      await exited;
    };
    const tooLate = setTimeout(() => child.kill('SIGKILL'), startWithinMs);
    const isServing = await this.#ground.keep(serving, () => end('SIGKILL'));
    clearTimeout(tooLate);
    if (!isServing) throw new Error(`The worker did not start:\n${output}`);
    return { pid: child.pid!, stop: () => end('SIGTERM') };
  }

  /** Runs an activation to its end. Throws when its counts are not those expected: then it measured something else. */
  async run(activation: string, expected: Partial<RunCounts>): Promise<EndedRun> {
    const handle = await this.#client.workflow.start('activation', {
      taskQueue,
      workflowId: `activation/${activation}-${new Date().toISOString()}`,
      args: [{ activation }],
    });
    const result = (await handle.result()) as RunResult;
    for (const [name, count] of Object.entries(expected)) {
      const found = result.counts[name as keyof RunCounts];
      if (found !== count) throw new Error(`A run of ${activation} has ${found} contacts as ${name}, not ${count}.`);
    }
    const { startTime, closeTime } = await handle.describe();
    return { result, seconds: (closeTime!.getTime() - startTime.getTime()) / 1000 };
  }

  get #command(): string {
    return join(this.#dist, 'cli', 'main.js');
  }
}

/** Connects the product with its servers, a source and a destination. */
export async function startOutflow(
  dist: string,
  ground: Ground,
  { stack, source }: Servers,
  destinationUrl: string,
): Promise<Outflow> {
  const connection = await ground.keep(Connection.connect({ address: stack.temporalAddress }), (each) => each.close());
  return new Outflow({
    dist,
    ground,
    client: new Client({ connection }),
    environment: {
      PATH: process.env['PATH'] ?? '',
      HOME: ground.folder,
      OUTFLOW_DATABASE_URL: stack.databaseUrl,
      TEMPORAL_ADDRESS: stack.temporalAddress,
      SOURCE_URL: source.url(),
      DESTINATION_URL: destinationUrl,
      REST_KEY: 'bench-rest-key',
      APP_KEY: 'bench-app-key',
    },
  });
}

function definitionsOf(segments: Record<string, string>): object {
  const activation = { destination: 'counting', identifier: 'email', attributes, sharedAttributes: true };
  const eachSegment = <T>(make: (name: string, sql: string) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(segments).map(([name, sql]) => [name, make(name, sql)]));
  return {
    sources: { warehouse: { type: 'postgres', url: '${SOURCE_URL}' } },
    segments: eachSegment((_, sql) => ({ source: 'warehouse', sql })),
    destinations: {
      counting: {
        type: 'batch-mep',
        restKey: '${REST_KEY}',
        apiKeys: { app: '${APP_KEY}' },
        url: '${DESTINATION_URL}',
        callsPerSecond: 'off',
      },
    },
    activations: eachSegment((segment) => ({ segment, ...activation })),
  };
}
