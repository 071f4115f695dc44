import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { afterAll, afterEach } from 'vitest';
import { stringify } from 'yaml';
import { removeCluster } from '../../src/dev/embedded/postgres-cluster.js';
import { startBatchStandIn, type BatchStandIn } from '../../src/dev/stand-ins/batch-mep/server.js';
import { builtDist, freshDatabase, temporalAddress } from '../support/stack.js';
import { startWorker, type WorkerProcess } from '../support/start-worker.js';

/** What a command said, and its exit code. */
export interface Finished {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** A command that runs. */
export interface Running {
  process: ChildProcess;
  /** What it has written to both so far. */
  output(): string;
  finished: Promise<Finished>;
}

export type Definitions = Record<'sources' | 'segments' | 'destinations' | 'activations', Record<string, unknown>>;

export const keys = { rest: 'the-rest-key', ios: 'IOSKEY', android: 'ANDROIDKEY' };

/** A folder with an outflow.yaml, and everything that commands need in it, real and of one test file's own. */
export class Workspace {
  readonly folder: string;
  readonly source: pg.Client;
  readonly standIn: BatchStandIn;
  readonly client: Client;
  readonly engineUrl: string;
  /** Of the commands; nothing of ours but the PATH reaches them. */
  readonly environment: Record<string, string>;
  private readonly dist: string;
  private readonly running = new Set<Running>();
  private readonly workers: WorkerProcess[] = [];

  constructor(parts: {
    folder: string;
    source: pg.Client;
    standIn: BatchStandIn;
    client: Client;
    engineUrl: string;
    environment: Record<string, string>;
    dist: string;
  }) {
    this.folder = parts.folder;
    this.source = parts.source;
    this.standIn = parts.standIn;
    this.client = parts.client;
    this.engineUrl = parts.engineUrl;
    this.environment = parts.environment;
    this.dist = parts.dist;
  }

  /** Writes outflow.yaml; a string as it is. */
  async define(definitions: Definitions | string): Promise<void> {
    const text = typeof definitions === 'string' ? definitions : stringify(definitions);
    await writeFile(join(this.folder, 'outflow.yaml'), text);
  }

  /** Runs `outflow` in the folder to its end, as a process of its own. */
  outflow(...args: string[]): Promise<Finished> {
    return this.start(args).finished;
  }

  /** What `outflow ... --json` printed, each line parsed. */
  async outflowJson<T = unknown>(...args: string[]): Promise<T[]> {
    const { stdout } = await this.outflow(...args, '--json');
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T);
  }

  /** Starts `outflow` in the folder. It is killed at the end of the test, if it still runs. */
  start(args: string[], options: { environment?: Record<string, string | undefined>; cwd?: string } = {}): Running {
    const child = spawn(process.execPath, [join(this.dist, 'cli', 'main.js'), ...args], {
      cwd: options.cwd ?? this.folder,
      env: { PATH: process.env['PATH'], HOME: this.folder, ...this.environment, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
    const running: Running = {
      process: child,
      output: () => stdout + stderr,
      finished: once(child, 'close').then(() => {
        this.running.delete(running);
        return { exitCode: child.exitCode, stdout, stderr };
      }),
    };
    this.running.add(running);
    return running;
  }

  /** Starts `outflow worker`, and waits until it serves Temporal. It runs until it is stopped, or the test file ends. */
  async startWorker(): Promise<WorkerProcess> {
    const worker = await startWorker(this.dist, this.folder, this.environment);
    this.workers.push(worker);
    return worker;
  }

  async killCommands(): Promise<void> {
    const running = [...this.running];
    for (const { process } of running) process.kill('SIGKILL');
    await Promise.all(running.map(({ finished }) => finished));
  }

  async killWorkers(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill()));
  }
}

/** Ends with the test file. */
export async function makeWorkspace(): Promise<Workspace> {
  const [sourceDatabase, engineDatabase, folder, dist, client, standIn] = await Promise.all([
    freshDatabase(),
    freshDatabase(),
    mkdtemp(join(tmpdir(), 'outflow-test-')),
    builtDist(),
    namespaceClient(),
    startBatchStandIn({ restKey: keys.rest, apps: { [keys.ios]: {}, [keys.android]: {} }, keepUnknown: true }),
  ]);
  const source = new pg.Client({ connectionString: sourceDatabase.url });
  await source.connect();
  const variables = {
    WAREHOUSE_URL: sourceDatabase.url,
    BATCH_URL: standIn.url,
    REST_KEY: keys.rest,
    IOS_KEY: keys.ios,
    ANDROID_KEY: keys.android,
  };
  await writeFile(
    join(folder, '.env'),
    Object.entries(variables)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const workspace = new Workspace({
    folder,
    source,
    standIn,
    client,
    engineUrl: engineDatabase.url,
    dist,
    environment: {
      OUTFLOW_DATABASE_URL: engineDatabase.url,
      TEMPORAL_ADDRESS: await temporalAddress(),
      TEMPORAL_NAMESPACE: client.options.namespace,
    },
  });
  afterEach(() => workspace.killCommands());
  afterAll(async () => {
    await workspace.killWorkers();
    await client.connection.close();
    await standIn.close();
    await source.end();
    await removeCluster(join(folder, '.outflow', 'postgres'));
    await Promise.all([sourceDatabase.drop(), engineDatabase.drop(), rm(folder, { recursive: true })]);
  });
  return workspace;
}

/** A namespace of its own: task queues and schedules of other test files are not in it. */
async function namespaceClient(): Promise<Client> {
  const connection = await Connection.connect({ address: await temporalAddress() });
  const namespace = `test-${randomUUID()}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  return new Client({ connection, namespace });
}
