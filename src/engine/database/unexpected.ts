import { randomUUID } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { encodeField } from '../../lines/format.js';
import { OutflowError } from '../../activation/errors.js';
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

/**
 * What is told of an error that Outflow does not know: that `what` happened, and where its text is kept. Never throws: a
 * text that could not be kept is said to be so.
 */
export async function asUnexpected(
  engine: Engine,
  runId: number | null,
  error: unknown,
  what = 'Something unexpected happened',
): Promise<OutflowError> {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const reference = await recordUnexpected(engine, runId, text).catch(() => undefined);
  if (reference === undefined) {
    const message = `${what}, and its text could not be stored.`;
    return new OutflowError('Unexpected', message, "See whether the engine's database answers.");
  }
  return new OutflowError(
    'Unexpected',
    `${what}; its text is in the engine's database under ${reference}.`,
    `Look it up: select text from outflow.unexpected_error where reference = '${reference}'.`,
  );
}
