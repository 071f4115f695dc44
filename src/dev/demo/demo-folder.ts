import { readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { removeCluster } from '../embedded/postgres-cluster.js';
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
  await removeCluster(join(path, '.outflow', 'postgres'));
  for (const name of await readdir(path)) {
    if (name !== 'dev.lock') await rm(join(path, name), { recursive: true, force: true, maxRetries: 10 });
  }
}
