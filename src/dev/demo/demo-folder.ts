import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { takeFolder } from '../embedded/stack-record.js';

/** A small project of its own: its outflow.yaml and .env, with the servers' data below `.outflow` as `outflow dev` has them. */
export interface DemoFolder {
  path: string;
  /** Where `startStack` is to keep its data: commands in the folder find the servers through it. */
  stackFolder: string;
  definitionsFile: string;
  /** A file in the folder. */
  file(name: string): string;
  write(name: string, text: string): Promise<void>;
  /** Removes all of it and lets others have the folder. */
  remove(): Promise<void>;
  /** Keeps what is there, for whoever looks for what went wrong, and lets others have the folder. */
  leave(): Promise<void>;
}

/**
 * Takes `.outflow/demo` of the current folder, empty: what an earlier demo left is removed.
 * @throws OutflowError EngineUnreachable while another demo runs there.
 */
export async function takeDemoFolder(): Promise<DemoFolder> {
  const path = resolve('.outflow', 'demo');
  const release = await takeFolder(path);
  await removeContents(path);
  return {
    path,
    stackFolder: join(path, '.outflow'),
    definitionsFile: join(path, 'outflow.yaml'),
    file: (name) => join(path, name),
    write: (name, text) => writeFile(join(path, name), text, { mode: 0o600 }),
    remove: async () => {
      await removeContents(path);
      await release();
      await rm(path, { recursive: true });
    },
    leave: release,
  };
}

async function removeContents(path: string): Promise<void> {
  const elsewhere = await readFile(join(path, '.outflow', 'postgres', 'moved-to'), 'utf8').catch(() => undefined);
  if (elsewhere !== undefined) await removeTree(elsewhere);
  for (const name of await readdir(path)) if (name !== 'dev.lock') await removeTree(join(path, name));
}

async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 10 });
}
