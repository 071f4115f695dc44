import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';

const { History } = proto.temporal.api.history.v1;

/** Set OUTFLOW_RECORD_HISTORIES=1 to keep the histories of the scripted runs whose kind has none yet. */
const recording = process.env['OUTFLOW_RECORD_HISTORIES'] === '1';

export const historiesFolder = fileURLToPath(new URL('../histories/', import.meta.url));

/** The end of the name of a kept history: Temporal's protocol buffer, compressed by gzip. */
export const HISTORY_SUFFIX = '.pb.gz';

/**
 * Keeps the history of a run of this kind, for the replay test. One that is kept already stays, because runs like it may
 * be open where Outflow is upgraded. Traces name this machine's folders: they are left out.
 */
export async function recordHistory(kind: string, handle: WorkflowHandle): Promise<void> {
  if (!recording) return;
  const history = History.fromObject(withoutTraces(historyAsJson(await handle.fetchHistory())));
  try {
    const kept = gzipSync(History.encode(history).finish(), { level: 9 });
    await writeFile(`${historiesFolder}${kind}${HISTORY_SUFFIX}`, kept, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

export async function recordedHistory(kind: string): Promise<proto.temporal.api.history.v1.History> {
  return History.decode(gunzipSync(await readFile(`${historiesFolder}${kind}${HISTORY_SUFFIX}`)));
}

/** A history as JSON can hold it: long numbers and bytes as texts. */
export function historyAsJson(history: proto.temporal.api.history.v1.IHistory): Record<string, unknown> {
  return History.toObject(History.fromObject(history), { longs: String, bytes: String, enums: String });
}

function withoutTraces(history: Record<string, unknown>): Record<string, unknown> {
  const text = JSON.stringify(history, (key, value: unknown) => (key === 'stackTrace' ? undefined : value));
  return JSON.parse(text) as Record<string, unknown>;
}
