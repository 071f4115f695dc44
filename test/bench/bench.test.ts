import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import type { Machine } from '../../bench/machine.js';
import type { Row } from '../../bench/row.js';
import { builtDist } from '../support/stack.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const onLinux = process.platform === 'linux'; // elsewhere nothing tells what processes hold, and which there are
const folder = await mkdtemp(join(tmpdir(), 'outflow-test-'));
await chmod(folder, 0o755); // PostgreSQL may run as another user
afterAll(() => rm(folder, { recursive: true }));

test('the benchmark measures each row beside its limit and leaves nothing behind', async () => {
  const { child, output } = await startBench();
  await once(child, 'close');
  expect(child.exitCode, output.stderr).toBe(0);

  const { rows, machine } = JSON.parse(output.stdout.trim().split('\n').at(-1)!) as { rows: Row[]; machine: Machine };
  expect(rows.map(({ name }) => name)).toEqual([
    'unchanged run, start to close, s',
    ...(onLinux ? ["unchanged run, worker's peak memory above idle, MB"] : []),
    'run with 1% changed, sent, start to close, s',
    'first run, first to last call, contacts/s',
  ]);
  for (const row of rows) {
    expect(row.size).toBe(2_000);
    expect(row.value).toBeGreaterThan(0);
    expect(typeof row.ok).toBe('boolean');
    if (row.limit !== null) expect(row.ratio! / (row.value / row.limit)).toBeCloseTo(1, 1);
    expect(output.stderr).toContain(row.name);
  }
  expect(output.stderr).toContain('16 changed, 2 new, 2 gone');
  expect(machine).toMatchObject({ node: process.version, postgres: expect.stringMatching(/^18\./) as string });
  expect(await leftIn(folder)).toEqual([]);
  if (onLinux) expect(await commandsThatName(folder)).toEqual([]);
}, 180_000);

test.runIf(onLinux)(
  'Ctrl-C ends the benchmark with everything that it has started',
  async () => {
    const { child, output } = await startBench();
    await expect.poll(() => output.stderr, { timeout: 120_000 }).toContain('first run 1');
    expect((await commandsThatName(folder)).length).toBeGreaterThan(0);
    child.kill('SIGINT');
    await once(child, 'close');
    expect(child.exitCode, output.stderr).toBe(130);
    expect(await leftIn(folder)).toEqual([]);
    expect(await commandsThatName(folder)).toEqual([]);
  },
  180_000,
);

async function startBench(): Promise<{ child: ChildProcess; output: { stdout: string; stderr: string } }> {
  const options = ['--size', '2000', '--repeats', '1', '--json', '--dist', await builtDist()];
  const child = spawn(process.execPath, ['--import', 'tsx', join('bench', 'main.ts'), ...options], {
    cwd: root,
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (text: Buffer) => (output.stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (output.stderr += text.toString()));
  return { child, output };
}

/** What is in the folder, but for what the compiler keeps. */
async function leftIn(path: string): Promise<string[]> {
  return (await readdir(path)).filter((name) => !name.startsWith('tsx-'));
}

/** Command lines of the processes that have the folder in theirs: the servers. */
async function commandsThatName(path: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return commands.filter((command) => command.includes(path));
}
