import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { afterAll } from 'vitest';
import { type EmbeddedPostgres, startPostgres } from '../../../src/dev/embedded/postgres.js';
import { runSearchAttributes } from '../../../src/dev/embedded/stack.js';
import { findTemporalCli } from '../../../src/dev/embedded/temporal-cli.js';
import { startTemporal } from '../../../src/dev/embedded/temporal.js';
import { openEngine } from '../../../src/engine/database/database.js';
import { migrate } from '../../../src/engine/database/migrate.js';
import { builtDist } from '../../support/stack.js';
import { Destination } from './destination.js';
import { Scenario } from './scenario.js';
import { planted } from './planted.js';

/** A scenario with servers of its own that write down all they are told. */
export interface WatchedScenario {
  scenario: Scenario;
  folder: string;
  dist: string;
  environment: Record<string, string>;
  /** The log of the source's server, and everything else that the servers keep in files that are not the engine's data. */
  records(): Promise<{ source: Buffer; others: Map<string, Buffer> }>;
}

/** The passwords of the users with which the product logs in. */
export const passwords = {
  source: 'planted-source-password',
  engine: 'planted-engine-password',
  wrong: 'planted-wrong-password',
} as const;

/** Whatever a server can be made to log of statements and their parameters. */
const talkative = {
  fsync: 'off',
  log_statement: 'all',
  log_min_duration_statement: '0',
  log_min_error_statement: 'debug5',
  log_parameter_max_length: '-1',
  log_parameter_max_length_on_error: '-1',
  log_error_verbosity: 'verbose',
  log_connections: 'on',
};

/** What the test itself does to plant its values is not to be logged. */
const silence = `set log_statement = 'none'; set log_min_duration_statement = -1; set log_min_error_statement = 'panic'`;

/** Ends with the test file. */
export async function startWatchedScenario(): Promise<WatchedScenario> {
  const folder = await mkdtemp(join(tmpdir(), 'outflow-test-'));
  await chmod(folder, 0o755); // the account of the servers must be able to enter it
  const postgres = (name: string) => startPostgres({ dataDir: join(folder, name), settings: talkative });
  const [sourceServer, engineServer, temporal, destination, dist] = await Promise.all([
    postgres('source'),
    postgres('engine'),
    startTemporal({
      cli: await findTemporalCli({ report: () => undefined }),
      dbFile: join(folder, 'temporal', 'temporal.db'),
      logFile: join(folder, 'temporal', 'temporal.log'),
      headless: true,
      searchAttributes: runSearchAttributes,
    }),
    Destination.start(),
    builtDist(),
  ]);
  const source = await silentClient(sourceServer);
  const sourceUrl = await userOf(source, sourceServer, passwords.source);
  await source.query('alter default privileges grant select on tables to public');
  const owner = await silentClient(engineServer);
  const engineUrl = await userOf(owner, engineServer, passwords.engine);
  await owner.query(`grant create on database postgres to public`);
  await owner.end();

  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection });
  const engine = openEngine(engineUrl, { applicationName: 'outflow test' });
  await migrate(engine);
  const environment = {
    OUTFLOW_LOG_LEVEL: 'debug',
    OUTFLOW_DATABASE_URL: engineUrl,
    TEMPORAL_ADDRESS: temporal.address,
    SOURCE_URL: sourceUrl,
    WRONG_PASSWORD_URL: sourceUrl.replace(passwords.source, passwords.wrong),
    BATCH_URL: destination.url,
    REST_KEY: planted.restKey,
    IOS_KEY: planted.iosKey,
    ANDROID_KEY: planted.androidKey,
  };
  const scenario = new Scenario({ source, engine, client, destination, dist, folder, environment });
  afterAll(async () => {
    await Promise.all(scenario.workers.map((worker) => worker.kill()));
    await Promise.all([connection.close(), destination.close(), engine.end(), source.end()]);
    await Promise.all([temporal.kill(), sourceServer.kill(), engineServer.kill()]);
    for (const each of [sourceServer.home, engineServer.home, folder]) {
      await rm(each, { recursive: true, force: true, maxRetries: 10 });
    }
  });
  return {
    scenario,
    folder,
    dist,
    environment,
    async records() {
      const others = new Map<string, Buffer>([
        ['log of the engine', await readFile(join(engineServer.home, 'postgres.log'))],
      ]);
      for (const name of await readdir(join(folder, 'temporal'))) {
        const content = await readIfStillThere(join(folder, 'temporal', name));
        if (content !== undefined) others.set(name, content);
      }
      return { source: await readFile(join(sourceServer.home, 'postgres.log')), others };
    },
  };
}

/** A running Temporal server deletes the journal of its database with each commit. */
async function readIfStillThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function silentClient(server: EmbeddedPostgres): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.url() });
  await client.connect();
  await client.query(silence);
  return client;
}

/** A new user with this password; gives its URL. */
async function userOf(client: pg.Client, server: EmbeddedPostgres, password: string): Promise<string> {
  const name = `user_${randomUUID().replaceAll('-', '')}`;
  await client.query(`create role ${name} login password '${password}'`);
  const url = new URL(server.url());
  url.username = name;
  url.password = password;
  return url.href;
}
