import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { OutflowError } from '../../activation/errors.js';

/** An account of this machine under which a server runs when we are root: PostgreSQL refuses to run as root. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

const candidates = ['postgres', 'nobody', 'daemon'];

/** The account for servers that must not run as root, or undefined where we are an ordinary user already. */
export async function unprivilegedAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of candidates) {
    const [uid, gid] = await Promise.all([idOf('-u', name), idOf('-g', name)]);
    if (uid !== undefined && gid !== undefined) return { name, uid, gid };
  }
  throw new OutflowError(
    'EngineUnreachable',
    `PostgreSQL does not run as root, and none of the accounts ${candidates.join(', ')} exists here.`,
    'Create one of these accounts, or run the command as an ordinary user.',
  );
}

async function idOf(flag: '-u' | '-g', name: string): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)('id', [flag, name]);
    return Number(stdout.trim());
  } catch {
    return undefined;
  }
}

/** Whether an account can pass through a folder and all folders above it. By mode bits: access lists are not looked at. */
export async function canEnter(folder: string, account: Account): Promise<boolean> {
  const { mode, uid, gid } = await stat(folder);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  if ((mode & bit) === 0) return false;
  const parent = dirname(resolve(folder));
  return parent === resolve(folder) || canEnter(parent, account);
}

/**
 * A folder of root's that the account can enter and in which only root can write: for what cannot stay in a private
 * folder. Not below /tmp: what lies there is removed by age, file by file.
 */
export async function sharedFolder(account: Account): Promise<string> {
  for (const folder of ['/var/lib/outflow', '/var/tmp/outflow-root']) {
    if (await claimFolder(folder, account)) return folder;
  }
  throw new OutflowError(
    'EngineUnreachable',
    `PostgreSQL runs as ${account.name} here, because it does not run as root; there is no folder for it in /var/lib or /var/tmp.`,
    `Let ${account.name} enter this project's folder (chmod o+x on it and on the folders above), or run the command as an ordinary user.`,
  );
}

async function claimFolder(folder: string, account: Account): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true });
    const { uid } = await lstat(folder);
    if (uid !== 0 || !(await lstat(folder)).isDirectory()) return false;
    await chmod(folder, 0o755);
    return await canEnter(folder, account);
  } catch {
    return false;
  }
}
