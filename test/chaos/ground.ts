import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { removeCluster } from '../../src/dev/embedded/postgres-cluster.js';
import { applyDefinitions, readApplied } from '../../src/engine/definitions/apply.js';
import { type Engine, openEngine } from '../../src/engine/database/database.js';
import { migrate } from '../../src/engine/database/migrate.js';
import { planApply } from '../../src/engine/definitions/plan-apply.js';
import { activationNames, definitionsOf, type Mappings, secrets, yamlOf } from './activations.js';
import { Batch } from './batch.js';
import { patiently } from './patience.js';
import { startTcpProxy, type TcpProxy } from '../scenarios/support/tcp-proxy.js';
import { copyProgram } from './program.js';
import type { Protection } from './protections.js';
import { type PostgresServer, startPostgresServer, startTemporalServer, type TemporalServer } from './servers.js';
import { WayToBatch } from './way-to-batch.js';
import { Worker } from './worker.js';

/** Everything that runs, each in processes of its own, and everything that it keeps, in one folder. */
export class Ground {
  readonly folder: string;
  readonly source: PostgresServer;
  readonly engineServer: PostgresServer;
  readonly temporal: TemporalServer;
  readonly batch: Batch;
  readonly way: WayToBatch;
  /** Of the first worker. */
  readonly wayToTemporal: TcpProxy;
  readonly workers: readonly [Worker, Worker];
  readonly sourcePool: pg.Pool;
  readonly engine: Engine;
  readonly client: Client;
  private readonly dist: string;
  private readonly environment: Record<string, string>;
  private currentMappings: Mappings = Object.fromEntries(activationNames.map((name) => [name, 0])) as Mappings;

  private constructor(parts: {
    folder: string;
    dist: string;
    source: PostgresServer;
    engineServer: PostgresServer;
    temporal: TemporalServer;
    batch: Batch;
    way: WayToBatch;
    wayToTemporal: TcpProxy;
    client: Client;
  }) {
    ({
      folder: this.folder,
      dist: this.dist,
      source: this.source,
      engineServer: this.engineServer,
      temporal: this.temporal,
      batch: this.batch,
      way: this.way,
      wayToTemporal: this.wayToTemporal,
      client: this.client,
    } = parts);
    this.environment = {
      OUTFLOW_DATABASE_URL: this.engineServer.url(),
      TEMPORAL_ADDRESS: this.temporal.address,
      SOURCE_URL: this.source.url(),
      BATCH_URL: this.way.url,
      ...secrets,
    };
    this.sourcePool = new pg.Pool({ connectionString: this.source.url(), max: 4 });
    this.sourcePool.on('error', () => undefined); // the server is killed now and then
    this.engine = openEngine(this.engineServer.url(), { applicationName: 'outflow chaos' });
    const first = { ...this.environment, TEMPORAL_ADDRESS: this.wayToTemporal.address };
    this.workers = [
      new Worker('worker-1', this.dist, this.folder, first),
      new Worker('worker-2', this.dist, this.folder, this.environment),
    ];
  }

  /** Starts all but the workers, with an engine's database that is migrated. */
  static async make(without: Protection | undefined, report: (line: string) => void): Promise<Ground> {
    const folder = await mkdtemp(join(tmpdir(), 'outflow-chaos-'));
    await chmod(folder, 0o755); // the account of the servers must be able to enter it
    const dist = await copyProgram(folder, without);
    const [source, engineServer, temporal, batch] = await Promise.all([
      startPostgresServer(join(folder, 'source'), report),
      startPostgresServer(join(folder, 'engine'), report),
      startTemporalServer(folder, report),
      Batch.start(dist, folder),
    ]);
    const way = await WayToBatch.open(batch.port);
    const wayToTemporal = await startTcpProxy(temporal.address);
    const connection = await Connection.connect({ address: temporal.address });
    const client = new Client({ connection });
    const ground = new Ground({ folder, dist, source, engineServer, temporal, batch, way, wayToTemporal, client });
    await migrate(ground.engine);
    return ground;
  }

  get mappings(): Mappings {
    return this.currentMappings;
  }

  /** Applies the definitions with these mappings. */
  async apply(mappings: Mappings): Promise<void> {
    const definitions = definitionsOf(mappings);
    await patiently(async () => {
      await applyDefinitions(this.engine, definitions, planApply(await readApplied(this.engine.db), definitions));
    });
    await writeFile(join(this.folder, 'outflow.yaml'), yamlOf(mappings));
    this.currentMappings = mappings;
  }

  /** Rows of the engine's database. */
  async stored<Row>(sql: string, ...bindings: (string | number)[]): Promise<Row[]> {
    return (await this.engine.db.raw<{ rows: Row[] }>(sql, bindings)).rows;
  }

  /** A session of the engine's database, for locks; whoever takes it ends it. */
  async connectToEngine(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.engineServer.url() });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** A command as a user types it. Throws what it says where it fails. */
  async outflow(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, [join(this.dist, 'cli', 'main.js'), ...args], {
      cwd: this.folder,
      env: { PATH: process.env['PATH'], HOME: this.folder, ...this.environment },
    });
    return stdout;
  }

  /** Ends every process. `keep`: with the folder as they leave it. */
  async end(keep: boolean): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill()));
    await this.client.connection.close();
    await Promise.all([this.sourcePool.end(), this.engine.end()]);
    await Promise.all([this.way.close(), this.wayToTemporal.close()]);
    await Promise.all([this.batch.end(), this.temporal.end(), this.source.end(), this.engineServer.end()]);
    if (keep) return;
    // A cluster may stand outside the folder that was named to it.
    for (const name of ['source', 'engine']) await removeCluster(join(this.folder, name));
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}
