import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from './process-alive.js';

/** Where the servers of a running stack are: `dev.json` in its folder, for commands that are started beside it. */
export interface StackRecord {
  /** With the password. */
  databaseUrl: string;
  temporalAddress: string;
  temporalUiUrl: string;
  pids: { owner: number; postgres: number; temporal: number };
}

/** The stack that runs on this folder, or undefined if none does: also where one was killed and left its record. */
export async function findStack(folder: string): Promise<StackRecord | undefined> {
  const text = await readFile(recordFile(folder), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const record = JSON.parse(text) as StackRecord;
  return isAlive(record.pids.owner) ? record : undefined;
}

export function recordFile(folder: string): string {
  return join(folder, 'dev.json');
}
