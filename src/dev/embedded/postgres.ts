import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { OutflowError } from '../../activation/errors.js';
import { freePort } from './free-port.js';
import { postgresBinaries } from './postgres-binaries.js';
import { openCluster, superuser, type Cluster } from './postgres-cluster.js';
import type { Report } from './report.js';
import { spawnServer, type ServerProcess } from './server-process.js';
import { unprivilegedAccount, type Account } from './unprivileged-account.js';

export interface StartPostgresOptions {
  /** Where its data belong; created if missing, used again if not. */
  dataDir: string;
  /** A free one if left out. */
  port?: number | undefined;
  report?: Report;
  /** Settings of the server, such as { fsync: 'off' }. */
  settings?: Record<string, string>;
}

/** A PostgreSQL 18 of our own on 127.0.0.1. It ends with this process at the latest. */
export interface EmbeddedPostgres {
  readonly port: number;
  /** Of the main process. */
  readonly pid: number;
  /** Where the data really are: `dataDir`, unless the account that the server runs as cannot enter it. */
  readonly home: string;
  /** A connection string of the superuser, with its password. The database `postgres` if none is named. */
  url(database?: string): string;
  /** Does nothing where the database exists. */
  createDatabase(name: string): Promise<void>;
  /** SIGKILL: a crash. */
  kill(): Promise<void>;
  /** A fast shutdown: sessions are ended, everything is written. */
  stop(): Promise<void>;
}

const readyWithinMs = 120_000;
const crashedServerEndsWithinMs = 15_000;

/**
 * Starts PostgreSQL and waits until it answers. As root it runs under another account. A cluster whose server crashed
 * is recovered.
 * @throws OutflowError EngineUnreachable with the server's own words where it does not start.
 */
export async function startPostgres(options: StartPostgresOptions): Promise<EmbeddedPostgres> {
  const report = options.report ?? (() => undefined);
  const account = await unprivilegedAccount();
  const binaries = await postgresBinaries(account, report);
  const cluster = await openCluster({ dataDir: options.dataDir, binaries, account, report });
  const settings = options.settings ?? {};

  const deadline = Date.now() + crashedServerEndsWithinMs;
  for (;;) {
    const port = options.port ?? (await freePort());
    const server = await spawnPostgres({ binaries, cluster, account, port, settings });
    if (await answers(server, urlOf(cluster, port))) return embeddedPostgres(server, cluster, port);

    const output = await server.output();
    const portTaken = output.includes('could not bind') && options.port === undefined;
    const crashedServerEnding = output.includes('pre-existing shared memory block');
    if (!(portTaken || crashedServerEnding) || Date.now() > deadline) throw startFailure(cluster, output);
    await sleep(100);
  }
}

function spawnPostgres(options: {
  binaries: string;
  cluster: Cluster;
  account: Account | undefined;
  port: number;
  settings: Record<string, string>;
}): Promise<ServerProcess> {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(options.port),
    unix_socket_directories: '',
    timezone: 'UTC',
    // The log holds what happened, never the data that it happened to.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    ...options.settings,
  };
  return spawnServer({
    command: join(options.binaries, 'bin', 'postgres'),
    args: ['-D', options.cluster.dataDirectory, ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`])],
    logFile: options.cluster.logFile,
    account: options.account,
    signalWhenOrphaned: 'INT',
  });
}

/** Waits until the server takes a connection (true) or has ended (false). */
async function answers(server: ServerProcess, url: string): Promise<boolean> {
  const deadline = Date.now() + readyWithinMs;
  while (server.running) {
    try {
      await withClient(url, (client) => client.query('select 1'));
      return server.running;
    } catch (error) {
      if (Date.now() > deadline) {
        await server.kill();
        throw error;
      }
      await sleep(50);
    }
  }
  return false;
}

function startFailure(cluster: Cluster, output: string): OutflowError {
  const inUse = /lock file "postmaster.pid" already exists|pre-existing shared memory block/.test(output);
  const words = /(?:FATAL|PANIC): +(.*)/.exec(output)?.[1] ?? output.trim().split('\n').at(-1) ?? '';
  return new OutflowError(
    'EngineUnreachable',
    `The embedded PostgreSQL of ${cluster.home} did not start: ${words}`,
    inUse
      ? 'Another process runs it: end that one first, or use another folder.'
      : `Read ${cluster.logFile}; remove the folder to begin with an empty database.`,
  );
}

function embeddedPostgres(server: ServerProcess, cluster: Cluster, port: number): EmbeddedPostgres {
  const url = (database?: string): string => urlOf(cluster, port, database);
  return {
    port,
    pid: server.pid,
    home: cluster.home,
    url,
    kill: () => server.kill(),
    stop: () => server.stop('SIGINT', 60_000),
    createDatabase: (name) =>
      withClient(url(), async (client) => {
        const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
        if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)}`);
      }),
  };
}

function urlOf(cluster: Cluster, port: number, database = 'postgres'): string {
  return `postgresql://${superuser}:${cluster.password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

async function withClient(url: string, use: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined); // the query that waits reports it
  try {
    await client.connect();
    await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
