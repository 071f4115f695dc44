import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import pg from 'pg';
import { unescapeField } from '../../../src/lines/format.js';
import type { Extract } from '../../../src/sources/source.js';
import { extractSegment } from '../../../src/sources/postgres/extract-segment.js';
import { beginReading } from '../../../src/sources/postgres/reading.js';
import { openSource, type Source } from '../../../src/sources/postgres/source.js';
import { freshDatabase } from '../../support/stack.js';

/** A source of a test's own, and the owner's connection to it. */
export interface SourceDatabase {
  url: string;
  owner: pg.Client;
  /** As the connection that a run opens; it is ended by `drop`. */
  open(url?: string): Promise<Source>;
  drop(): Promise<void>;
}

export async function sourceDatabase(): Promise<SourceDatabase> {
  const database = await freshDatabase();
  return connected(database.url, () => database.drop());
}

/** One whose server encoding is not UTF-8. */
export async function sourceDatabaseOf(encoding: 'LATIN1' | 'LATIN9' | 'SQL_ASCII'): Promise<SourceDatabase> {
  const neighbour = await freshDatabase();
  const admin = new pg.Client({ connectionString: neighbour.url });
  await admin.connect();
  const name = `source_${randomUUID().replaceAll('-', '')}`;
  await admin.query(`create database ${name} encoding '${encoding}' template template0 locale 'C'`);
  const url = new URL(neighbour.url);
  url.pathname = `/${name}`;
  return connected(url.href, async () => {
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
    await neighbour.drop();
  });
}

async function connected(url: string, dropDatabase: () => Promise<void>): Promise<SourceDatabase> {
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  const opened: Source[] = [];
  return {
    url,
    owner,
    async open(as = url) {
      const source = await openSource('warehouse', as);
      opened.push(source);
      return source;
    },
    async drop() {
      await Promise.all(opened.map((source) => source.end().catch(() => undefined)));
      await owner.end();
      await dropDatabase();
    },
  };
}

/** A role of the test's own, all databases of the server having the same roles. */
export async function withRole<T>(
  database: SourceDatabase,
  rights: string,
  work: (role: { name: string; url: string }) => Promise<T>,
): Promise<T> {
  const name = `reader_${randomUUID().replaceAll('-', '')}`;
  await database.owner.query(`create role ${name} login password 'let me in'; ${rights.replaceAll('$ROLE', name)}`);
  const url = new URL(database.url);
  url.username = name;
  url.password = 'let me in';
  try {
    return await work({ name, url: url.href });
  } finally {
    await database.owner.query(`drop owned by ${name}; drop role ${name}`);
  }
}

/** Reads a whole extract; each row as the texts of its fields, the identifier first. */
export async function rowsOf(source: Source, extract: Extract): Promise<(string | null)[][]> {
  const { rows } = extractSegment(await beginReading(source), extract);
  const pieces: Buffer[] = [];
  for await (const piece of rows) pieces.push(Buffer.from(piece));
  const lines = Buffer.concat(pieces).toString().split('\n').slice(0, -1);
  return lines.map((line) => line.split('\t').map((field) => unescapeField(field)));
}

/** The identifiers alone, in the order in which they are read. */
export async function identifiersOf(source: Source, sql: string): Promise<(string | null)[]> {
  return (await rowsOf(source, { sql, identifier: 'id', fields: [] })).map(([identifier]) => identifier!);
}

/** Breaks its connection, as the system does that gives one up. */
export function breakConnection({ client }: Source): void {
  (client as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
}
