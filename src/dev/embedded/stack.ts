import { mkdir, rm, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { searchAttributes } from '../../activation/search-attributes.js';
import { keepPorts, keptPorts } from './kept-ports.js';
import { startPostgres, type EmbeddedPostgres } from './postgres.js';
import type { Report } from './report.js';
import { takeFolder, writeRecord } from './stack-record.js';
import { findTemporalCli } from './temporal-cli.js';
import { startTemporal, type EmbeddedTemporal } from './temporal.js';

/** The engine's database and Temporal on this machine, running. */
export interface Stack {
  /** Of the database `outflow`, as superuser. */
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly temporalUiUrl: string;
  /** A folder for the PATH, with Temporal's CLI as `temporal`. */
  readonly commandsFolder: string;
  readonly postgres: EmbeddedPostgres;
  readonly temporal: EmbeddedTemporal;
  /** Stops both; what they hold is found again by the next start. */
  stop(): Promise<void>;
}

/** The search attributes of runs, as the server registers them. */
export const runSearchAttributes = Object.fromEntries(
  Object.values(searchAttributes).map((name) => [name, 'Keyword' as const]),
);

/**
 * Starts PostgreSQL and Temporal with everything they keep below `folder`, and records in `folder/dev.json` where they
 * are. Both are gone when this process is, however it ends.
 * @throws OutflowError if a stack runs on this folder already, and as startPostgres and startTemporal.
 */
export async function startStack(options: {
  folder: string;
  report?: Report;
  /** Those that the servers of this folder had before, or free ones, if left out. */
  ports?: { postgres?: number; temporal?: number; ui?: number };
}): Promise<Stack> {
  const { folder, report = () => undefined } = options;
  const release = await takeFolder(folder);
  const ports = { ...(await keptPorts(folder)), ...options.ports };
  const cli = findTemporalCli({ report });
  const starts = [
    startPostgres({ dataDir: join(folder, 'postgres'), port: ports.postgres, report }),
    cli.then((found) =>
      startTemporal({
        cli: found,
        dbFile: join(folder, 'temporal', 'temporal.db'),
        logFile: join(folder, 'temporal', 'temporal.log'),
        port: ports.temporal,
        uiPort: ports.ui,
        searchAttributes: runSearchAttributes,
        report,
      }),
    ),
  ] as const;
  const stop = async (): Promise<void> => {
    for (const started of await Promise.allSettled(starts)) {
      if (started.status === 'fulfilled') await started.value.stop();
    }
    await release();
  };
  try {
    const [postgres, temporal] = await Promise.all(starts);
    await postgres.createDatabase('outflow');
    const addresses = {
      databaseUrl: postgres.url('outflow'),
      temporalAddress: temporal.address,
      temporalUiUrl: temporal.uiUrl!,
    };
    const pids = { owner: process.pid, postgres: postgres.pid, temporal: temporal.pid };
    await keepPorts(folder, {
      postgres: postgres.port,
      temporal: Number(new URL(`tcp://${temporal.address}`).port),
      ui: Number(new URL(temporal.uiUrl!).port),
    });
    const commandsFolder = await makeCommandsFolder(folder, (await cli).path);
    await writeRecord(folder, { ...addresses, pids });
    return { ...addresses, commandsFolder, postgres, temporal, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeCommandsFolder(folder: string, cli: string): Promise<string> {
  const commandsFolder = resolve(folder, 'bin');
  const temporal = join(commandsFolder, 'temporal');
  await mkdir(commandsFolder, { recursive: true });
  await rm(temporal, { force: true });
  await symlink(resolve(cli), temporal);
  return commandsFolder;
}
