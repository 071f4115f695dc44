import { createServer, connect as connectTo, type AddressInfo } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OutflowError } from '../../../src/activation/errors.js';
import { copyOut } from '../../../src/copy/binary-copy.js';
import { engineId, openEngine, type EngineConnection, withConnection } from '../../../src/engine/database/database.js';
import { migrate } from '../../../src/engine/database/migrate.js';
import { waitForEngine } from '../../../src/engine/database/wait-for-engine.js';
import { freshDatabase } from '../../support/stack.js';
import { freshEngine, promised, type TestEngine } from '../engine-fixture.js';

let fresh: TestEngine;

beforeAll(async () => {
  fresh = await freshEngine();
});
afterAll(() => fresh.drop());

/** The URL of the test's database with some parts replaced. */
function urlWith(parts: Partial<Pick<URL, 'port' | 'password' | 'pathname'>>): string {
  return Object.assign(new URL(fresh.url), parts).href;
}

async function failureOf(url: string): Promise<unknown> {
  const engine = openEngine(url, { applicationName: 'outflow test' });
  const pooled: unknown = await engine.db.raw('select 1').catch((error: unknown) => error);
  const dedicated: unknown = await engine.connect().catch((error: unknown) => error);
  await engine.end();
  expect(dedicated).toEqual(pooled);
  return pooled;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('ids and counts come back as numbers', async () => {
  const { rows } = await fresh.engine.db.raw<{ rows: unknown[] }>(
    'select 9007199254740991::bigint as big, count(*) from outflow.engine',
  );
  expect(rows).toEqual([{ big: 9007199254740991, count: 1 }]);

  const other = new pg.Client({ connectionString: fresh.url });
  await other.connect();
  const { rows: untouched } = await other.query('select 1::bigint as one');
  await other.end();
  expect(untouched, 'other connections are left alone').toEqual([{ one: '1' }]);
});

test('a session works in UTC and gives up its transaction when its process stops', async () => {
  const client = await fresh.engine.connect();
  const { rows } = await client.query(
    `select name, setting from pg_settings
     where name in ('TimeZone', 'idle_in_transaction_session_timeout', 'application_name') order by name collate "C"`,
  );
  fresh.engine.release(client, true);
  expect(rows).toEqual([
    { name: 'TimeZone', setting: 'UTC' },
    { name: 'application_name', setting: 'outflow test' },
    { name: 'idle_in_transaction_session_timeout', setting: '60000' },
  ]);
});

test('a connection that was given back is kept, and the next caller finds nothing of the last one in it', async () => {
  const pidOf = async (client: pg.ClientBase): Promise<unknown> =>
    (await client.query('select pg_backend_pid() as pid')).rows[0];
  const first = await fresh.engine.connect();
  const pid = await pidOf(first);
  await first.query('begin');
  await first.query(`set timezone = 'Asia/Tokyo'; select pg_advisory_lock(4711); create temp table left_over (x int)`);
  fresh.engine.release(first, true);

  let next: EngineConnection | undefined;
  await expect
    .poll(async () => {
      if (next) fresh.engine.release(next, true);
      next = await fresh.engine.connect();
      return pidOf(next);
    })
    .toEqual(pid);
  const { rows } = await next!.query(
    `select current_setting('timezone') as timezone, to_regclass('pg_temp.left_over') as left_over,
            (select count(*) from pg_locks where locktype = 'advisory' and objid = 4711) as locks`,
  );
  expect(rows).toEqual([{ timezone: 'UTC', left_over: null, locks: 0 }]);
  expect(next!.getTransactionStatus()).toBe('I');
  fresh.engine.release(next!, false);
});

test('the same settings hold in the pool', async () => {
  const { rows } = await fresh.engine.db.raw<{ rows: unknown[] }>('show idle_in_transaction_session_timeout');
  expect(rows).toEqual([{ idle_in_transaction_session_timeout: '1min' }]);
});

test('a server that is down is named by host, port and database, never by password', async () => {
  const port = String(await freePort());
  expect(await failureOf(urlWith({ port, password: 'open-sesame' }))).toMatchObject({
    code: 'EngineUnreachable',
    message: `The engine's database at 127.0.0.1:${port}${new URL(fresh.url).pathname} cannot be reached: connection refused.`,
    remedy: 'Start it, or correct OUTFLOW_DATABASE_URL.',
  });
});

test('a database that does not exist is said so', async () => {
  expect(await failureOf(urlWith({ pathname: '/nowhere' }))).toMatchObject({
    code: 'EngineUnreachable',
    message: expect.stringMatching(/\/nowhere cannot be reached: there is no such database\.$/) as string,
  });
});

test('a refused login asks for user and password, and is not waited for', async () => {
  const role = `refused_${new URL(fresh.url).pathname.slice(1)}`;
  await fresh.engine.db.raw(`create role ${role} nologin`);
  const url = new URL(fresh.url);
  url.username = role;
  expect(await failureOf(url.href)).toMatchObject({
    code: 'EngineUnreachable',
    message: expect.stringContaining('it refuses the login') as string,
    remedy: expect.stringContaining('Correct the user and the password') as string,
  });
  const engine = openEngine(url.href, { applicationName: 'outflow test' });
  await expect(waitForEngine(engine, () => undefined)).rejects.toMatchObject({ code: 'EngineUnreachable' });
  await engine.end();
  await fresh.engine.db.raw(`drop role ${role}`);
});

test('a database in another encoding than UTF8 is refused with the command that makes one', async () => {
  const name = `An "old" ${new URL(fresh.url).pathname.slice(1)}`;
  const drop: string[] = [];
  for (const encoding of ['LATIN1', 'SQL_ASCII', 'EUC_JP']) {
    const database = pg.escapeIdentifier(`${name} ${encoding}`);
    await fresh.engine.db.raw(`create database ${database} encoding '${encoding}' locale 'C' template template0`);
    drop.push(database);
    const url = urlWith({ pathname: `/${encodeURIComponent(`${name} ${encoding}`)}` });
    const failure = (await failureOf(url)) as OutflowError;
    expect(failure).toMatchObject({
      code: 'ConfigInvalid',
      message: expect.stringContaining(`has the encoding ${encoding}, in which not every text can be kept`) as string,
    });
    const [, command = '', made = ''] = /OUTFLOW_DATABASE_URL: (create database (".*") owner .*;)$/.exec(
      failure.remedy,
    )!;
    await fresh.engine.db.raw(command);
    drop.push(made);
    const mended = openEngine(urlWith({ pathname: `/${encodeURIComponent(`${name} ${encoding}_utf8`)}` }), {
      applicationName: 'outflow test',
    });
    await migrate(mended);
    await mended.end();
  }
  for (const database of drop) await fresh.engine.db.raw(`drop database ${database}`);
});

test('an address that is no PostgreSQL URL is refused without repeating it', () => {
  for (const url of ['', 'localhost', 'mysql://root:open-sesame@localhost/x', 'postgres://%%%:open-sesame@:x/']) {
    expect(() => openEngine(url, { applicationName: 'x' })).toThrow(
      expect.objectContaining({
        code: 'ConfigInvalid',
        message: "The address of the engine's database is not a PostgreSQL URL.",
      }) as Error,
    );
  }
});

test('whatever a connection of the engine fails with is the fault of the engine, by its own type', async () => {
  const killed = async (client: pg.ClientBase): Promise<void> => {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    await fresh.engine.db.raw('select pg_terminate_backend(?)', [rows[0]!.pid]);
  };
  const away = { code: 'EngineUnreachable', message: expect.stringContaining(new URL(fresh.url).pathname) as string };

  const statement = await fresh.engine.connect();
  const sleeping = expect(statement.query('select pg_sleep(60)')).rejects.toMatchObject(away);
  await fresh.engine.db.raw('select pg_terminate_backend(pid) from pg_stat_activity where query = ?', [
    'select pg_sleep(60)',
  ]);
  await sleeping;
  await expect(statement.query('select 1')).rejects.toMatchObject(away);
  fresh.engine.release(statement, false);

  const copying = await fresh.engine.connect();
  await killed(copying).catch(() => undefined);
  const reading = copyOut(copying, 'select 1')[Symbol.asyncIterator]();
  await expect(reading.next()).rejects.toMatchObject(away);
  fresh.engine.release(copying, false);

  const pooled = openEngine(fresh.url, { applicationName: 'outflow test' });
  await expect(
    pooled.db.raw('select pg_terminate_backend(pg_backend_pid()), ?::text', ['zoe@shop.test']),
  ).rejects.toMatchObject({ ...away, message: expect.not.stringContaining('zoe') as string });
  await pooled.end();
});

test('a database that answers and takes nothing says why', async () => {
  const outOf = (sqlstate: string): Promise<unknown> =>
    withConnection(fresh.engine, (client) =>
      client.query(`do $$ begin raise exception 'x' using errcode = '${sqlstate}'; end $$`),
    ).catch((error: unknown) => error);
  for (const [sqlstate, text] of [
    ['25006', 'cannot be written: it is read-only.'],
    ['53100', 'cannot be written: its disk is full.'],
    ['53200', 'cannot be used: it has no memory left.'],
    ['53300', 'cannot be reached: it has no connection left.'],
  ] as const)
    expect(await outOf(sqlstate)).toMatchObject({
      code: 'EngineUnreachable',
      mayHeal: true,
      message: expect.stringContaining(text) as string,
    });
});

test('what the engine refuses for another reason is no matter of reach', async () => {
  await expect(fresh.engine.db.raw('select * from outflow.nowhere')).rejects.toMatchObject({ code: '42P01' });
});

test('waiting says once that the database does not answer, and ends when it does', async () => {
  const port = await freePort();
  const engine = openEngine(urlWith({ port: String(port) }), { applicationName: 'outflow test' });
  const lines: string[] = [];
  const said = promised();
  const waiting = waitForEngine(engine, (line) => {
    lines.push(line);
    said.resolve();
  });
  await said.promise;
  const { hostname, port: realPort } = new URL(fresh.url);
  const proxy = createServer((socket) => {
    const upstream = connectTo(Number(realPort), hostname);
    socket.pipe(upstream).pipe(socket);
    for (const end of [socket, upstream]) end.on('error', () => undefined);
  }).listen(port, '127.0.0.1');
  await waiting;
  await engine.end();
  await new Promise((resolve) => proxy.close(resolve));
  expect(lines).toEqual([expect.stringMatching(/connection refused\. Waiting for it\.$/)]);
});

test('waiting ends when it is told to', async () => {
  const engine = openEngine(urlWith({ port: String(await freePort()) }), { applicationName: 'outflow test' });
  const stop = new AbortController();
  const waiting = waitForEngine(engine, () => stop.abort(), stop.signal);
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  await engine.end();
});

test('each engine database has an identity of its own', async () => {
  const database = await freshDatabase();
  const other = openEngine(database.url, { applicationName: 'outflow test' });
  await migrate(other);
  const id = await engineId(fresh.engine);
  expect(await engineId(fresh.engine)).toBe(id);
  expect(await engineId(other)).not.toBe(id);
  await other.end();
  await database.drop();
});
