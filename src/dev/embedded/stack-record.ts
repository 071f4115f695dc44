import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { OutflowError } from '../../activation/errors.js';
import { isAlive } from '../../config/process-alive.js';
import { recordFile, type StackRecord } from '../../config/stack-record.js';

/** Readable by the owner only: it holds a password. */
export async function writeRecord(folder: string, record: StackRecord): Promise<void> {
  await rm(recordFile(folder), { force: true }); // its mode may be another one
  await writeFile(recordFile(folder), JSON.stringify(record, null, 2), { mode: 0o600 });
}

const heldByUs = new Set<string>();

/**
 * Takes the folder for this process, until it is released or the process has ended.
 * @throws OutflowError EngineUnreachable while another stack has it.
 */
export async function takeFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const lock = join(resolve(folder), 'dev.lock');
  const holder = await holderOf(lock);
  if (holder !== undefined) {
    throw new OutflowError(
      'EngineUnreachable',
      `A stack runs on ${folder} already (process ${holder}).`,
      `Use that one, end it, or use another folder; if process ${holder} is something else, remove ${lock}.`,
    );
  }
  await rm(lock, { force: true });
  await writeFile(lock, String(process.pid), { flag: 'wx' });
  heldByUs.add(lock);
  return async () => {
    await rm(recordFile(folder), { force: true });
    await rm(lock, { force: true });
    heldByUs.delete(lock);
  };
}

/** The living process that holds the lock. One that has our own number but is not us: containers count from 1 again. */
async function holderOf(lock: string): Promise<number | undefined> {
  const text = await readFile(lock, 'utf8').catch(() => '');
  const pid = Number(text);
  if (pid === process.pid) return heldByUs.has(lock) ? pid : undefined;
  return pid > 0 && isAlive(pid) ? pid : undefined;
}
