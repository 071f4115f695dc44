import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import { startPostgres, type EmbeddedPostgres, type StartPostgresOptions } from '../../../src/dev/embedded/postgres.js';

const isRoot = process.getuid?.() === 0;
const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('embedded PostgreSQL', () => {
  test('is version 18, speaks UTF-8, sorts by bytes and writes no statement to its log', async () => {
    const server = await start({ dataDir: await folder(0o755) });
    expect(await ask(server, "select current_setting('server_version_num')::int / 10000 as answer")).toBe(18);
    expect(await ask(server, "select current_setting('server_encoding') as answer")).toBe('UTF8');
    expect(await ask(server, "select upper('zoë') as answer")).toBe('ZOË');
    expect(await ask(server, "select string_agg(x, '' order by x) as answer from unnest(array['b', 'B', 'a']) x")).toBe(
      'Bab',
    );

    await expect(ask(server, "select 'ada@example.org'::int as answer, 'grace@example.org'")).rejects.toThrow(
      /invalid/,
    );
    expect(await readFile(join(server.home, 'postgres.log'), 'utf8')).not.toContain('grace@example.org');
  });

  test('keeps its data through a stop, a crash and a start on the same port', async () => {
    const dataDir = await folder(0o755);
    const first = await start({ dataDir });
    await first.createDatabase('shop');
    await ask(first, 'create table kept as select 1 as answer', 'shop');
    await first.stop();

    const second = await start({ dataDir, port: first.port });
    await ask(second, 'insert into kept values (2)', 'shop');
    const session = new pg.Client({ connectionString: second.url('shop') });
    session.on('error', () => undefined);
    await session.connect();
    await second.kill();

    const third = await start({ dataDir, port: first.port });
    expect(third.url()).toBe(first.url());
    expect(await ask(third, 'select sum(answer)::int as answer from kept', 'shop')).toBe(3);
    await third.createDatabase('shop');
    expect(await ask(third, 'select count(*)::int as answer from kept', 'shop')).toBe(2);
  });

  test('asks for a password, which only the owner of the folder can read', async () => {
    const server = await start({ dataDir: await folder(0o755) });
    const url = new URL(server.url());
    url.password = 'guessed';
    await expect(new pg.Client({ connectionString: url.href }).connect()).rejects.toThrow(/password/);
    expect((await stat(join(server.home, 'password'))).mode & 0o077).toBe(0);
  });

  test('runs twice at once on two folders, and not twice on one', async () => {
    const dataDir = await folder(0o755);
    const [one, other] = await Promise.all([start({ dataDir }), start({ dataDir: await folder(0o755) })]);
    await one.createDatabase('only_here');
    expect(await ask(other, "select count(*)::int as answer from pg_database where datname = 'only_here'")).toBe(0);

    await expect(start({ dataDir })).rejects.toMatchObject({
      code: 'EngineUnreachable',
      message: expect.stringContaining('postmaster.pid') as string,
      remedy: expect.stringContaining('Another process runs it') as string,
    });
  });

  test('a port that was asked for and is taken is a failure that says so', async () => {
    const one = await start({ dataDir: await folder(0o755) });
    await expect(start({ dataDir: await folder(0o755), port: one.port })).rejects.toThrow(/did not start: .*TCP\/IP/);
  });

  test('works in a folder that only its owner can enter, and is found there again', async () => {
    const dataDir = join(await folder(0o700), 'data');
    const lines: string[] = [];
    const first = await start({ dataDir, report: (line) => lines.push(line) });
    await ask(first, 'create table kept as select 1 as answer');
    await first.stop();

    const second = await start({ dataDir });
    expect(second.home).toBe(first.home);
    expect(await ask(second, 'select answer from kept')).toBe(1);
    expect(second.home === dataDir).toBe(!isRoot);
    if (isRoot) expect(lines[0]).toContain(`cannot enter ${dataDir}: its data are in ${first.home}`);
  });
});

async function folder(mode: number): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'outflow-postgres-'));
  await chmod(path, mode);
  cleanUps.push(() => rm(path, { recursive: true, force: true, maxRetries: 10 }));
  return path;
}

async function start(options: StartPostgresOptions): Promise<EmbeddedPostgres> {
  const server = await startPostgres({ settings: { fsync: 'off', shared_buffers: '16MB' }, ...options });
  cleanUps.push(async () => {
    await server.kill();
    await rm(server.home, { recursive: true, force: true, maxRetries: 10 });
  });
  return server;
}

async function ask(server: EmbeddedPostgres, sql: string, database = 'postgres'): Promise<unknown> {
  const client = new pg.Client({ connectionString: server.url(database) });
  await client.connect();
  try {
    const { rows } = await client.query<{ answer: unknown }>(sql);
    return rows[0]?.answer;
  } finally {
    await client.end();
  }
}
