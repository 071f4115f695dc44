import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isTaken } from './free-port.js';

/** The programs of a folder that listen, by the names under which their ports are kept. */
export type KeptPorts = Partial<Record<'postgres' | 'temporal' | 'ui' | 'standIn', number>>;

/**
 * The ports that the servers of a folder had when they last ran, but those that somebody else has taken since: a server
 * that gets its own again is found by shells, bookmarks and a `.env` that name it.
 */
export async function keptPorts(folder: string): Promise<KeptPorts> {
  const kept = await readPorts(folder);
  const taken = await Promise.all(Object.values(kept).map((port) => isTaken(port, '127.0.0.1')));
  return Object.fromEntries(Object.entries(kept).filter((_, i) => !taken[i]));
}

/** Keeps these beside those that are kept. */
export async function keepPorts(folder: string, ports: KeptPorts): Promise<void> {
  await writeFile(portsFile(folder), JSON.stringify({ ...(await readPorts(folder)), ...ports }, null, 2));
}

async function readPorts(folder: string): Promise<KeptPorts> {
  const text = await readFile(portsFile(folder), 'utf8').catch(() => '{}');
  try {
    return JSON.parse(text) as KeptPorts;
  } catch {
    return {}; // one that was cut off while it was written
  }
}

function portsFile(folder: string): string {
  return join(folder, 'ports.json');
}
