import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EmbeddedPostgres, startPostgres } from '../../src/dev/embedded/postgres.js';
import { runSearchAttributes } from '../../src/dev/embedded/stack.js';
import { findTemporalCli } from '../../src/dev/embedded/temporal-cli.js';
import { type EmbeddedTemporal, startTemporal } from '../../src/dev/embedded/temporal.js';

/** A server that can crash and come back at the same address with what it had on disk. */
interface Server {
  /** SIGKILL, some time without it, and its start, which is waited for. */
  crash(downMs: number): Promise<void>;
  end(): Promise<void>;
}

export interface PostgresServer extends Server {
  /** Of the superuser. */
  url(database?: string): string;
  /** As `crash`, but an orderly shutdown that ends all sessions. */
  restart(downMs: number): Promise<void>;
}

export async function startPostgresServer(dataDir: string, report: (line: string) => void): Promise<PostgresServer> {
  // Commits reach the system before they are answered, so they survive the process; nothing here ends the system.
  const settings = { fsync: 'off', max_connections: '200' };
  let running: EmbeddedPostgres = await startPostgres({ dataDir, report, settings });
  const { port } = running;
  const comeBack = async (downMs: number): Promise<void> => {
    await sleep(downMs);
    running = await startPostgres({ dataDir, port, settings });
  };
  return {
    url: (database) => running.url(database),
    async crash(downMs) {
      await running.kill();
      await comeBack(downMs);
    },
    async restart(downMs) {
      await running.stop();
      await comeBack(downMs);
    },
    async end() {
      await running.kill();
    },
  };
}

export interface TemporalServer extends Server {
  /** host:port */
  readonly address: string;
}

export async function startTemporalServer(folder: string, report: (line: string) => void): Promise<TemporalServer> {
  const options = {
    cli: await findTemporalCli({ report }),
    dbFile: join(folder, 'temporal.db'),
    logFile: join(folder, 'temporal.log'),
    headless: true,
    searchAttributes: runSearchAttributes,
  };
  let running: EmbeddedTemporal = await startTemporal(options);
  const { address } = running;
  const port = Number(address.split(':')[1]);
  return {
    address,
    async crash(downMs) {
      await running.kill();
      await sleep(downMs);
      running = await startTemporal({ ...options, port });
    },
    end: () => running.kill(),
  };
}
