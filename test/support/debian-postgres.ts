import { execFile } from 'node:child_process';
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from '../../src/dev/embedded/free-port.js';
import { spawnServer } from '../../src/dev/embedded/server-process.js';
import { unprivilegedAccount } from '../../src/dev/embedded/unprivileged-account.js';
import { stretched } from './patience.js';

const VERSIONS = '/usr/lib/postgresql';

/** The programs of the newest PostgreSQL that Debian has installed, with pg_dump; undefined where there is none. */
export function debianPostgres(): string | undefined {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(VERSIONS, version, 'bin')).find((bin) => existsSync(join(bin, 'pg_dump')));
}

/** A server of these programs, with an empty cluster; ends when `atEnd` says so. */
export async function startDebianPostgres(
  bin: string,
  atEnd: (end: () => Promise<void>) => void,
): Promise<{ url(database: string): string }> {
  const home = await mkdtemp(join(tmpdir(), 'outflow-debian-'));
  const dataDir = join(home, 'cluster');
  const account = await unprivilegedAccount();
  await mkdir(dataDir, { mode: 0o700 });
  if (account) for (const folder of [home, dataDir]) await chown(folder, account.uid, account.gid);
  await promisify(execFile)(
    join(bin, 'initdb'),
    ['--pgdata', dataDir, '--username=outflow', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
    { cwd: '/', ...(account && { uid: account.uid, gid: account.gid }) },
  );
  const port = await freePort();
  const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off' };
  const server = await spawnServer({
    command: join(bin, 'postgres'),
    args: ['-D', dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    logFile: join(home, 'postgres.log'),
    account,
    signalWhenOrphaned: 'INT',
  });
  atEnd(async () => {
    await server.kill();
    await rm(home, { recursive: true, force: true, maxRetries: 10 });
  });
  const url = (database: string): string => `postgres://outflow@127.0.0.1:${port}/${database}`;
  const deadline = Date.now() + stretched(30_000);
  while (!(await answers(url('postgres')))) {
    if (!server.running || Date.now() > deadline) throw new Error(await server.output());
  }
  return { url };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
