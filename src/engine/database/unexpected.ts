import { randomUUID } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { encodeField } from '../../lines/format.js';
import { withConnection, type Engine } from './database.js';

const MAX_TEXT_LENGTH = 20_000;

/**
 * Keeps the text of an error that Outflow does not know, and returns the reference that is shown instead. The text may quote
 * values of contacts, so it enters by COPY: servers log the parameters of statements, not COPY data.
 */
export async function recordUnexpected(engine: Engine, runId: number | null, text: string): Promise<string> {
  const reference = randomUUID();
  const kept = text.slice(0, MAX_TEXT_LENGTH).replaceAll('\0', '');
  const line = [reference, runId === null ? null : String(runId), kept].map(encodeField).join('\t');
  await withConnection(engine, async (client) => {
    const copy = copyFrom('copy outflow.unexpected_error (reference, run_id, text) from stdin');
    await pipeline([`${line}\n`], client.query(copy));
  });
  return reference;
}
