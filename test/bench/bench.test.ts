import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import type { Machine } from '../../bench/machine.js';
import { measureBodies } from '../../bench/rows/bodies.js';
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
  const memoryOf = (run: string): string[] => (onLinux ? [`${run}, worker's peak memory above idle, MB`] : []);
  expect(rows.map(({ name }) => name)).toEqual([
    'first run, start to end of its diff, s',
    ...memoryOf('first run'),
    'unchanged run, start to close, s',
    ...memoryOf('unchanged run'),
    "unchanged run, engine's write-ahead log, kB",
    'unchanged run that reads its segment, start to close, s',
    ...memoryOf('unchanged run that reads its segment'),
    "unchanged run that reads its segment, engine's write-ahead log, kB",
    'first run sent at 1 call/s, calls/s',
    'first run sent at 1 call/s, calls answered 429',
    'run with 1% changed, start to end of its diff, s',
    ...memoryOf('run with 1% changed'),
    "run with 1% changed, engine's write-ahead log against changed lines, MB",
  ]);
  for (const row of rows) {
    expect(row.size).toBe(11_000);
    if (!row.name.endsWith('429')) expect(row.value).toBeGreaterThan(0);
    expect(typeof row.ok).toBe('boolean');
    if (row.limit !== null) expect(row.ratio! / (row.value / row.limit)).toBeCloseTo(1, 1);
    expect(output.stderr).toContain(row.name);
  }
  expect(output.stderr).toContain('88 changed, 11 new, 11 gone');
  expect(machine).toMatchObject({ node: process.version, postgres: expect.stringMatching(/^18\./) as string });
  expect(await leftIn(folder)).toEqual([]);
  if (onLinux) expect(await commandsThatName(folder)).toEqual([]);
});

test('the building of bodies is measured beside JSON of the same contacts', async () => {
  const lab = { dist: await builtDist(), repeats: 1, report: () => undefined };
  const [row, ...others] = await measureBodies(lab);
  expect(others).toEqual([]);
  expect(row).toMatchObject({ name: 'body of a call of 10,000 contacts, ms', goal: '<= 1' });
  expect(row!.ratio).toBeLessThan(2);
});

test.runIf(onLinux)('Ctrl-C ends the benchmark with everything that it has started', async () => {
  const { child, output } = await startBench();
  await expect.poll(() => output.stderr).toContain('first-1: ');
  expect((await commandsThatName(folder)).length).toBeGreaterThan(0);
  child.kill('SIGINT');
  await once(child, 'close');
  expect(child.exitCode, output.stderr).toBe(130);
  expect(await leftIn(folder)).toEqual([]);
  expect(await commandsThatName(folder)).toEqual([]);
});

async function startBench(): Promise<{ child: ChildProcess; output: { stdout: string; stderr: string } }> {
  const options = ['--size', '11000', '--repeats', '1', '--only', 'first,unchanged,paced,changed', '--json'];
  const args = [join('bench', 'main.ts'), ...options, '--dist', await builtDist()];
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
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
