import { execFile } from 'node:child_process';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
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
  /** An orderly shutdown, a copy of all data, and its start. */
  backUp(): Promise<void>;
  /** A crash, and its start with the data of the last copy in their place. The copy is used up. */
  putBack(): Promise<void>;
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
    async backUp() {
      await running.stop();
      const { data, copy } = foldersOf(running);
      await rm(copy, { recursive: true, force: true });
      await promisify(execFile)('cp', ['-a', data, copy]); // with its owner, who is not ours
      await comeBack(0);
    },
    async putBack() {
      await running.kill();
      const { data, copy } = foldersOf(running);
      // Processes of the server that are still ending keep to the files that they have open.
      await rename(data, `${data}.lost`);
      await rename(copy, data);
      await comeBack(0);
      await rm(`${data}.lost`, { recursive: true, force: true, maxRetries: 10 });
    },
    async end() {
      await running.kill();
    },
  };
}

function foldersOf({ home }: EmbeddedPostgres): { data: string; copy: string } {
  return { data: join(home, 'cluster'), copy: join(home, 'backup') };
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
