import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, type EmbeddedPostgres } from '../../src/dev/embedded/postgres.js';
import { runSearchAttributes } from '../../src/dev/embedded/stack.js';
import { findTemporalCli, type TemporalCli } from '../../src/dev/embedded/temporal-cli.js';
import { startTemporal, type EmbeddedTemporal } from '../../src/dev/embedded/temporal.js';
import { openEngine } from '../../src/engine/database/database.js';
import { migrate } from '../../src/engine/database/migrate.js';

/** The servers that all test files of a run share, each started when it is asked for. */
export class SharedServers {
  private folder: Promise<string> | undefined;
  private postgres: Promise<EmbeddedPostgres> | undefined;
  private temporal: Promise<EmbeddedTemporal> | undefined;
  private template: Promise<string> | undefined;
  private cli: Promise<TemporalCli> | undefined;

  /** The connection string of a superuser: of OUTFLOW_TEST_POSTGRES_URL where that is set. */
  async postgresUrl(): Promise<string> {
    const given = process.env['OUTFLOW_TEST_POSTGRES_URL'];
    if (given) return given;
    return (await (this.postgres ??= this.startPostgres())).url();
  }

  /** The name of a database that is migrated, and that nobody is connected to. */
  engineTemplate(): Promise<string> {
    return (this.template ??= this.makeEngineTemplate());
  }

  /** host:port of a server in memory with the search attributes of runs: OUTFLOW_TEST_TEMPORAL_ADDRESS where that is set. */
  async temporalAddress(): Promise<string> {
    const given = process.env['OUTFLOW_TEST_TEMPORAL_ADDRESS'];
    if (given) return given;
    return (await (this.temporal ??= this.startTemporal())).address;
  }

  /** The path of Temporal's CLI, fetched where this machine has none. */
  async temporalCli(): Promise<string> {
    return (await (this.cli ??= findTemporalCli({ report }))).path;
  }

  async stop(): Promise<void> {
    const template = await this.template?.catch(() => undefined);
    if (template !== undefined) await this.onServer('drop database ??', template);
    const temporal = await this.temporal?.catch(() => undefined);
    await temporal?.kill();
    const postgres = await this.postgres?.catch(() => undefined);
    await postgres?.kill(); // nobody will read its data
    for (const folder of [postgres?.home, await this.folder]) {
      if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    }
  }

  private async makeEngineTemplate(): Promise<string> {
    const url = new URL(await this.postgresUrl());
    const name = `test_template_${randomUUID().replaceAll('-', '')}`;
    await this.onServer('create database ??', name);
    url.pathname = `/${name}`;
    const engine = openEngine(url.href, { applicationName: 'outflow test' });
    await migrate(engine);
    await engine.end();
    return name;
  }

  private async onServer(sql: string, name: string): Promise<void> {
    const server = openEngine(await this.postgresUrl(), { applicationName: 'outflow test' });
    await server.db.raw(sql, [name]);
    await server.end();
  }

  private async startTemporal(): Promise<EmbeddedTemporal> {
    const folder = await (this.folder ??= makeFolder());
    return startTemporal({
      cli: await (this.cli ??= findTemporalCli({ report })),
      logFile: join(folder, 'temporal.log'),
      headless: true,
      searchAttributes: runSearchAttributes,
      report,
    });
  }

  private async startPostgres(): Promise<EmbeddedPostgres> {
    const folder = await (this.folder ??= makeFolder());
    return startPostgres({
      dataDir: join(folder, 'postgres'),
      report,
      settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' },
    });
  }
}

function report(line: string): void {
  console.log(line);
}

/** One that the account of the servers can enter. */
async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'outflow-test-'));
  await chmod(folder, 0o755);
  return folder;
}
