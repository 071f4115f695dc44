import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, type EmbeddedPostgres } from '../../src/dev/embedded/postgres.js';

/** The servers that all test files of a run share, each started when it is asked for. */
export class SharedServers {
  #folder: Promise<string> | undefined;
  #postgres: Promise<EmbeddedPostgres> | undefined;

  /** The connection string of a superuser: of OUTFLOW_TEST_POSTGRES_URL where that is set. */
  async postgresUrl(): Promise<string> {
    const given = process.env['OUTFLOW_TEST_POSTGRES_URL'];
    if (given) return given;
    return (await (this.#postgres ??= this.#startPostgres())).url();
  }

  async stop(): Promise<void> {
    const postgres = await this.#postgres?.catch(() => undefined);
    await postgres?.kill(); // nobody will read its data
    for (const folder of [postgres?.home, await this.#folder]) {
      if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    }
  }

  async #startPostgres(): Promise<EmbeddedPostgres> {
    const folder = await (this.#folder ??= makeFolder());
    return startPostgres({
      dataDir: join(folder, 'postgres'),
      settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' },
    });
  }
}

/** One that the account of the servers can enter. */
async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'outflow-test-'));
  await chmod(folder, 0o755);
  return folder;
}
