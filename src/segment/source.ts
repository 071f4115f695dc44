import pg from 'pg';
import { OutflowError } from '../activation/errors.js';
import { lendingSocket } from '../copy/lending-socket.js';
import { asSourceError } from './source-errors.js';

const CONNECT_TIMEOUT_MS = 10_000;

/** A connection to a source: all that a run or a check does there happens on it. */
export interface Source {
  readonly name: string;
  readonly client: pg.Client;
  /** The failure in the words of the source's user; an unknown one as it is. */
  explain(error: unknown): unknown;
  end(): Promise<void>;
}

/** Throws SourceUnreachable or SourceRejectedLogin. The URL's password appears in no message. */
export async function openSource(name: string, url: string): Promise<Source> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'outflow',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    stream: lendingSocket,
  });
  const where = `${client.host}:${client.port}/${client.database ?? ''}`;
  const explain = (error: unknown): unknown => asSourceError(firstOf(error), name, where);
  client.on('error', () => undefined); // the query at hand reports it
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    const known = explain(error);
    if (known instanceof OutflowError) throw known;
    throw new OutflowError(
      'SourceUnreachable',
      `Source ${name} cannot be reached at ${where}.`,
      `Start it, or correct the URL of source ${name}.`,
    );
  }
  return { name, client, explain, end: () => client.end() };
}

/** Does `work` on a connection of its own. Throws as openSource. */
export async function withSource<T>(name: string, url: string, work: (source: Source) => Promise<T>): Promise<T> {
  const source = await openSource(name, url);
  try {
    return await work(source);
  } finally {
    await source.end().catch(() => undefined);
  }
}

/** Where a host has several addresses Node throws the error of each together. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError ? (error.errors[0] as unknown) : error;
}
