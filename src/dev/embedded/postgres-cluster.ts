import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { access, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Report } from './report.js';
import { canEnter, sharedFolder, type Account } from './unprivileged-account.js';

/** The superuser of every embedded PostgreSQL. */
export const superuser = 'outflow';

/** A database cluster on disk. */
export interface Cluster {
  /** The folder that holds all of it. */
  home: string;
  /** PostgreSQL's own data directory. */
  dataDirectory: string;
  logFile: string;
  /** Of the superuser; kept beside the data, readable by the owner only. */
  password: string;
}

/**
 * The cluster that belongs to `dataDir`, created where there is none. When `account` cannot enter `dataDir` the cluster
 * stands elsewhere, and the file `moved-to` in `dataDir` says where.
 */
export async function openCluster(options: {
  dataDir: string;
  binaries: string;
  account: Account | undefined;
  report: Report;
}): Promise<Cluster> {
  const { binaries, account, report } = options;
  const home = await homeOf(resolve(options.dataDir), account, report);
  const dataDirectory = join(home, 'cluster');
  const passwordFile = join(home, 'password');
  if (!(await exists(dataDirectory))) {
    report('Creating a PostgreSQL database cluster ...');
    await writeFile(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 });
    if (account) await chown(passwordFile, account.uid, account.gid);
    await initialize({ binaries, dataDirectory, passwordFile, account });
  }
  const password = await readFile(passwordFile, 'utf8');
  return { home, dataDirectory, logFile: join(home, 'postgres.log'), password };
}

/** Removes a cluster that no server uses, wherever it stands. */
export async function removeCluster(dataDir: string): Promise<void> {
  const elsewhere = await readFile(join(dataDir, 'moved-to'), 'utf8').catch(() => undefined);
  for (const folder of [elsewhere, dataDir]) {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function homeOf(dataDir: string, account: Account | undefined, report: Report): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const pointer = join(dataDir, 'moved-to');
  const remembered = await readFile(pointer, 'utf8').catch(() => undefined);
  if (remembered !== undefined) {
    await mkdir(remembered, { recursive: true, mode: 0o711 });
    return remembered;
  }
  if (!account || (await exists(join(dataDir, 'cluster'))) || (await canEnter(dataDir, account))) return dataDir;

  const elsewhere = join(await sharedFolder(account), `data-${randomUUID()}`);
  report(`PostgreSQL runs as ${account.name}, who cannot enter ${dataDir}: its data are in ${elsewhere}.`);
  await mkdir(elsewhere, { mode: 0o711 });
  await writeFile(pointer, elsewhere);
  return elsewhere;
}

/** Under another name first: a cluster is there whole or not at all. */
async function initialize(options: {
  binaries: string;
  dataDirectory: string;
  passwordFile: string;
  account: Account | undefined;
}): Promise<void> {
  const { account } = options;
  const unfinished = `${options.dataDirectory}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  if (account) await chown(unfinished, account.uid, account.gid);
  const args = [
    `--pgdata=${unfinished}`,
    `--username=${superuser}`,
    `--pwfile=${options.passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin', // the same on every system, and needs no locale of it
    '--builtin-locale=C.UTF-8',
    '--no-sync',
    '--no-instructions',
  ];
  await promisify(execFile)(join(options.binaries, 'bin', 'initdb'), args, {
    cwd: '/',
    env: { PATH: process.env['PATH'] },
    ...(account && { uid: account.uid, gid: account.gid }),
  });
  await rename(unfinished, options.dataDirectory);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
