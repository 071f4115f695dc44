import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { OutflowError } from '../../src/activation/errors.js';
import { describeSegment } from '../../src/sources/postgres/describe-segment.js';
import { extractSegment } from '../../src/sources/postgres/extract-segment.js';
import { beginReading } from '../../src/sources/postgres/reading.js';
import { KeptSources } from '../../src/sources/kept-sources.js';
import type { PostgresSession } from '../../src/sources/postgres/connections.js';
import { openSource, type Source } from '../../src/sources/postgres/source.js';
import { startTcpProxy, type TcpProxy } from '../scenarios/support/tcp-proxy.js';
import { identifiersOf, rowsOf, sourceDatabase, type SourceDatabase } from './postgres/source-database.js';
import { fields } from './postgres/column.js';

let database: SourceDatabase;
beforeAll(async () => {
  database = await sourceDatabase();
});
afterAll(() => database.drop());

const unending = new AbortController().signal;

/** How the runs of a worker use the source, until the worker stops. */
function worker(url = database.url) {
  const sources = new KeptSources();
  let ended: Promise<void> | undefined;
  const stop = (): Promise<void> => (ended ??= sources.end());
  onTestFinished(stop);
  return {
    stop,
    run: <T>(work: (source: Source) => Promise<T>): Promise<T> =>
      sources.withSession({ name: 'warehouse', type: 'postgres', settings: { url } }, unending, (session) =>
        work((session as PostgresSession).connection),
      ),
  };
}

/** Which session of the server it is. */
async function session(source: Source): Promise<number> {
  const { rows } = await source.client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]!.pid;
}

/** Of these sessions, those that the server still has. */
async function open(sessions: number[]): Promise<number[]> {
  const { rows } = await database.owner.query<{ pid: number }>(
    'select pid from pg_stat_activity where pid = any($1) order by pid',
    [sessions],
  );
  return rows.map(({ pid }) => pid);
}

const segment = { sql: `select 'key-' || n as id from generate_series(1, 200000) n`, identifier: 'id', fields: [] };
const read = (source: Source): Promise<unknown> => identifiersOf(source, `select * from (values ('a'), ('b')) v(id)`);

test('runs soon after one another share a connection, at once they have one each', async () => {
  const { run } = worker();
  const first = await run(async (source) => {
    expect(await read(source)).toEqual(['a', 'b']);
    return session(source);
  });
  await run(async (source) => {
    expect(await read(source)).toEqual(['a', 'b']);
    expect(await session(source)).toBe(first);
    expect(await run(session)).not.toBe(first);
  });
});

test('a segment of many rows is read on a connection that has read one before', async () => {
  const { run } = worker();
  const readAll = async (source: Source) => ({ of: await session(source), rows: await rowsOf(source, segment) });
  const first = await run(readAll);
  expect(first.rows).toHaveLength(200_000);
  expect(await run(readAll)).toEqual(first);
});

test('nothing that is left in a session reaches the next run', async () => {
  const { run } = worker();
  const leftBehind = async (source: Source) => {
    const { rows } = await source.client.query(
      `select current_setting('timezone') as timezone, to_regclass('pg_temp.left_over') as temporary,
         (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks,
         (select count(*)::int from pg_prepared_statements) as prepared`,
    );
    return { of: await session(source), state: rows[0] as unknown };
  };
  const before = await run(leftBehind);
  await run(async (source) => {
    await read(source);
    await source.client.query(`create temp table left_over (x int)`);
    await source.client.query({ name: 'left over', text: 'select 1' });
    await rowsOf(source, {
      sql: `select set_config('timezone', 'Asia/Tokyo', false) as id, pg_advisory_lock(4711)::text as lock`,
      identifier: 'id',
      fields: fields('lock'),
    });
    expect((await leftBehind(source)).state).toMatchObject({ timezone: 'Asia/Tokyo', locks: 1, prepared: 1 });
  });
  expect(await database.owner.query('select pg_try_advisory_lock(4711) as free')).toMatchObject({
    rows: [{ free: true }],
  });
  expect(await run(leftBehind)).toEqual(before);
});

test.each([
  ['is refused', (source: Source) => describeSegment(source, { name: 'loyal', sql: 'select * from nowhere' })],
  ['fails', (source: Source) => identifiersOf(source, 'select (1 / (random() * 0)::int)::text as id')],
])('a connection on which a segment %s is not used again', async (_, readInVain) => {
  const { run } = worker();
  let failed = 0;
  const failing = run(async (source) => {
    failed = await session(source);
    await readInVain(source);
  });
  await expect(failing).rejects.toBeInstanceOf(OutflowError);
  expect(await run(session)).not.toBe(failed);
  await expect.poll(() => open([failed])).toEqual([]);
});

test('a connection on which a segment was not read to its end is not used again', async () => {
  const { run } = worker();
  const givenUp = await run(async (source) => {
    const of = await session(source);
    const { rows } = extractSegment(await beginReading(source), segment);
    for await (const piece of rows) if (piece.length > 0) break;
    return of;
  });
  expect(await run(session)).not.toBe(givenUp);
  await expect.poll(() => open([givenUp])).toEqual([]);
});

test('a connection that was ended by the run is not used again', async () => {
  const { run } = worker();
  const ended = await run(async (source) => {
    const of = await session(source);
    await source.end();
    return of;
  });
  expect(await run(session)).not.toBe(ended);
});

test('a kept connection that the server has ended is replaced', async () => {
  const { run } = worker();
  const terminated = await run(session);
  await database.owner.query('select pg_terminate_backend($1, 10000)', [terminated]);
  await run(async (source) => expect(await read(source)).toEqual(['a', 'b']));
});

test('a kept connection that breaks just before its next run is replaced', async () => {
  const way = await wayToSource();
  const { run } = worker(way.url);
  const sessions = await run(async (source) => [await session(source), await run(session)]);
  way.cut();
  way.mend();
  // Nobody can know yet that they are cut.
  const next = await run(session);
  expect(sessions).not.toContain(next);
});

test('a kept connection that answers nothing any more is replaced', async () => {
  const way = await wayToSource();
  const { run } = worker(way.url);
  const silent = await run(session);
  way.silence();
  expect(await run(session)).not.toBe(silent);
});

async function wayToSource(): Promise<TcpProxy & { url: string }> {
  const url = new URL(database.url);
  const way = await startTcpProxy(url.host);
  onTestFinished(() => way.close());
  url.host = way.address;
  return { ...way, url: url.href };
}

test('once the worker stops its connections are ended', async () => {
  const { stop, run } = worker();
  const sessions = await run(async (source) => [await session(source), await run(session)]);
  expect(await open(sessions)).toHaveLength(2);
  await stop();
  await expect.poll(() => open(sessions)).toEqual([]);
});

test('a source that cannot be reached is told as by a check', async () => {
  const change = (part: Partial<URL>): string => Object.assign(new URL(database.url), part).href;
  for (const url of [
    change({ password: 'hunter2' }),
    change({ password: '' }),
    change({ pathname: '/nowhere' }),
    change({ port: '1' }),
    'postgres://u:secret@shop.invalid:5432/shop',
  ]) {
    const told: unknown = await openSource('warehouse', url).catch((error: unknown) => error);
    expect(told).toBeInstanceOf(Error);
    const failure: unknown = await worker(url)
      .run(read)
      .catch((error: unknown) => error);
    expect(failure).toEqual(told);
  }
});

test('a login without the password that is asked for leaves no connection behind', async () => {
  const { hostname, port } = new URL(database.url);
  const server = createServer((near) => near.pipe(connect(Number(port), hostname)).pipe(near));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(database.url);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  url.password = '';
  await expect(worker(url.href).run(read)).rejects.toMatchObject({ code: 'SourceRejectedLogin' });
  const withoutConnections = once(server, 'close');
  server.close();
  await withoutConnections;
});
