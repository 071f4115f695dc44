import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';

const { History } = proto.temporal.api.history.v1;

/** Set OUTFLOW_RECORD_HISTORIES=1 to keep the histories of the scripted runs whose kind has none yet. */
const recording = process.env['OUTFLOW_RECORD_HISTORIES'] === '1';

export const historiesFolder = fileURLToPath(new URL('../histories/', import.meta.url));

/**
 * Keeps the history of a run of this kind, for the replay test. One that is kept already stays, because runs like it may
 * be open where Outflow is upgraded. Traces name this machine's folders: they are left out.
 */
export async function recordHistory(kind: string, handle: WorkflowHandle): Promise<void> {
  if (!recording) return;
  const history = History.toObject(History.fromObject(await handle.fetchHistory()), {
    longs: String,
    bytes: String,
    enums: String,
  });
  const kept = JSON.stringify(history, (key, value: unknown) => (key === 'stackTrace' ? undefined : value), 1);
  try {
    await writeFile(`${historiesFolder}${kind}.json`, `${kept}\n`, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

export async function recordedHistory(file: string): Promise<proto.temporal.api.history.v1.History> {
  return History.fromObject(JSON.parse(await readFile(`${historiesFolder}${file}`, 'utf8')) as Record<string, unknown>);
}
