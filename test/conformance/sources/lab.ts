import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { OutflowError } from '../../../src/activation/errors.js';
import type { SegmentColumn } from '../../../src/activation/segment-column.js';
import { unescapeField } from '../../../src/lines/format.js';
import { keyOf } from '../../../src/lines/keys.js';
import type { Extract, ReadOptions, SourceConnections, SourceSession } from '../../../src/sources/source.js';
import type { SourceSuite, SourceUnderTest } from './suite.js';

export type SourceLab = ReturnType<typeof startLab>;

/** A source that lives as long as the tests of the block that it is called in, and how they ask it. */
export function startLab(suite: SourceSuite) {
  let source: SourceUnderTest;
  let connections: SourceConnections;
  beforeAll(async () => {
    source = await suite.start();
    connections = await suite.type.open({ name: 'warehouse', settings: source.settings });
  }, 120_000);
  afterAll(async () => {
    await connections.close();
    await source.drop();
  });

  /** A session of the test's own, and what aborts it. */
  async function connect() {
    const aborting = new AbortController();
    const session = await connections.connect(aborting.signal);
    let isReleased = false;
    const release = async (succeeded: boolean): Promise<void> => {
      if (isReleased) return;
      isReleased = true;
      await session.release(succeeded);
    };
    onTestFinished(() => release(false));
    return { session, release, abort: () => aborting.abort() };
  }

  const describeSql = async (sql: string): Promise<SegmentColumn[]> => {
    const { session, release } = await connect();
    const columns = await session.describe({ name: 'loyal', sql });
    await release(true);
    return columns;
  };

  async function extractOf(sql: string): Promise<Extract> {
    const columns = await describeSql(sql);
    return { sql, identifier: 'id', fields: columns.filter(({ name }) => name !== 'id') };
  }

  async function read(sql: string, options: Partial<ReadOptions> = {}) {
    const { session, release } = await connect();
    const extract = await extractOf(sql);
    const segment = (await session.begin()).read(extract, { order: 'identifier', ...options });
    const lines = await linesOf(segment.rows);
    await release(true);
    return { rows: lines.map(fieldsOf), count: segment.rowsRead(), checksum: segment.checksum?.() };
  }

  const table = (rows: (string | null)[][]): string =>
    rows.map(([id, value]) => `select ${textOrNull(id)} as id, ${textOrNull(value)} as value`).join(' union all ');
  const textOrNull = (text: string | null | undefined): string =>
    text == null ? `cast(null as varchar)` : `cast(${suite.literal(text)} as varchar)`;

  return {
    suite,
    connect,
    describeSql,
    extractOf,
    read,
    table,
    execute: (sql: string) => source.execute(sql),
    isAtWorkOn: (mark: string) => source.isAtWorkOn(mark),
    breakConnection: (session: SourceSession) => source.breakConnection(session),
  };
}

export async function linesOf(rows: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  for await (const piece of rows) pieces.push(Buffer.from(piece));
  const all = Buffer.concat(pieces);
  const lines: Buffer[] = [];
  for (let at = 0; at < all.length;) {
    const end = all.indexOf('\n', at);
    lines.push(all.subarray(at, end + 1));
    at = end + 1;
  }
  return lines;
}

export function fieldsOf(line: Buffer): (string | null)[] {
  expect(keyOf(line, 0).length).toBeLessThan(line.length);
  return line
    .toString()
    .slice(0, -1)
    .split('\t')
    .map((field) => unescapeField(field));
}

/** Everything that a source throws is an OutflowError. */
export async function failureOf(work: Promise<unknown>): Promise<OutflowError> {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(OutflowError);
  return failure as OutflowError;
}

export function textOf({ message, remedy }: OutflowError): string {
  return `${message} ${remedy}`;
}
