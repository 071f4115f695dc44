import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { App } from './app.js';
import { ShapeError, text } from '../kit/shape.js';

const linesPerWrite = 500;

/** Writes all contacts that the app knows as lines of `{"id", "values"}`, without holding them all in memory. */
export async function streamContacts(app: App, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
  await pipeline(Readable.from(contactLines(app)), response);
}

function* contactLines(app: App): Generator<string> {
  let lines: string[] = [];
  for (const contact of app.contacts()) {
    lines.push(`${JSON.stringify(contact)}\n`);
    if (lines.length < linesPerWrite) continue;
    yield lines.join('');
    lines = [];
  }
  if (lines.length > 0) yield lines.join('');
}

/** Adds the contacts of a body with one JSON string, a custom ID, on each line; as long as wanted. Returns their number. */
export async function addContactLines(app: App, request: IncomingMessage): Promise<number> {
  let added = 0;
  for await (const line of linesOf(request)) {
    const id = parseLine(line);
    text(id, `line ${added + 1}`);
    app.addContact(String(id));
    added += 1;
  }
  return added;
}

/** Not node:readline: it also breaks lines at U+2028, which JSON strings may hold. */
async function* linesOf(request: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  request.setEncoding('utf8');
  // Left intact by a refused line, so that the refusal can be answered.
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    const lines = (rest + String(piece)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    throw new ShapeError('each line must be a JSON string');
  }
}
