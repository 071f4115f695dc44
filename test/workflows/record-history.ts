import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';

const { History } = proto.temporal.api.history.v1;

/** Set OUTFLOW_RECORD_HISTORIES=1 to write the histories of the scripted runs anew. */
const recording = process.env['OUTFLOW_RECORD_HISTORIES'] === '1';

export const historiesFolder = fileURLToPath(new URL('../histories/', import.meta.url));

/** Keeps the history of a run of this kind, for the replay test. Traces name this machine's folders: they are left out. */
export async function recordHistory(kind: string, handle: WorkflowHandle): Promise<void> {
  if (!recording) return;
  const history = History.toObject(History.fromObject(await handle.fetchHistory()), {
    longs: String,
    bytes: String,
    enums: String,
  });
  const kept = JSON.stringify(history, (key, value: unknown) => (key === 'stackTrace' ? undefined : value), 1);
  await writeFile(`${historiesFolder}${kind}.json`, `${kept}\n`);
}

export async function recordedHistory(file: string): Promise<proto.temporal.api.history.v1.History> {
  return History.fromObject(JSON.parse(await readFile(`${historiesFolder}${file}`, 'utf8')) as Record<string, unknown>);
}
