import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 1_000;

/** What a file holds; undefined where there is none, or none that can be read. */
export async function contentOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

/**
 * Resolves when the file holds anything else than `known`: when it was written, and also when it has come into being or is
 * gone. By content, because the times of a file change without it, and a file that is not there has none. Rejects when
 * `signal` aborts.
 */
export async function contentChanges(path: string, known: string | undefined, signal: AbortSignal): Promise<void> {
  do await sleep(LOOK_EVERY_MS, undefined, { signal });
  while ((await contentOf(path)) === known);
}
