import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { DemoResult } from '../../../src/dev/demo/demo.js';
import { isAlive } from '../../../src/config/process-alive.js';
import { builtDist, temporalCli } from '../../support/stack.js';

const customers = 1_000;
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Demo {
  process: ChildProcessWithoutNullStreams;
  folder: string;
  stdout: () => string;
  stderr: () => string;
  /** Resolves to the exit code. */
  ended: Promise<number | null>;
}

/** In a folder that nobody else can enter. */
async function startDemo(...args: string[]): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), 'outflow-demo-'));
  cleanUps.push(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  const child = spawn(process.execPath, [join(await builtDist(), 'cli', 'main.js'), 'demo', ...args], {
    cwd: folder,
    env: { ...process.env, OUTFLOW_TEMPORAL_CLI: await temporalCli(), NO_COLOR: '1' },
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  cleanUps.push(async () => {
    if (child.exitCode === null && child.kill()) await ended;
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  return { process: child, folder, ended, stdout: () => stdout, stderr: () => stderr };
}

function resultOf({ stdout }: Demo): DemoResult {
  return JSON.parse(stdout().trimEnd().split('\n').at(-1)!) as DemoResult;
}

async function expectNothingLeft({ folder, stderr }: Demo): Promise<void> {
  await expect(access(join(folder, '.outflow', 'demo'))).rejects.toThrow('ENOENT');
  const [uiUrl] = /http:\S+/.exec(stderr())!;
  await expect(fetch(uiUrl)).rejects.toThrow();
}

describe('outflow demo', () => {
  test('says that Batch is exact, and finds one value that is not', async () => {
    const [demo, spoiled] = await Promise.all([
      startDemo('--once', '--json', '--customers', String(customers)),
      startDemo('--once', '--json', '--spoil', '--customers', String(customers)),
    ]);
    const exitCodes = await Promise.all([demo.ended, spoiled.ended]);
    expect(exitCodes, demo.stderr() + spoiled.stderr()).toEqual([0, 1]);

    const { runs, contacts, ...verdict } = resultOf(demo);
    expect(verdict).toEqual({ ok: true, mismatches: 0, created: 0 });
    expect(runs.map(({ runId, outcome }) => [runId, outcome])).toEqual(
      [6, 5, 4, 3, 2, 1].map((runId) => [runId, 'completed']),
    );
    let inSegments = 0;
    for (const name of ['loyalty', 'app-profile']) {
      const [unchanged, changed, first] = runs.filter(({ activation }) => activation === name);
      expect(first!.counts).toMatchObject({ new: first!.counts.read, accepted: first!.counts.read });
      expect(changed!.counts).toMatchObject({ read: first!.counts.read, new: 0, accepted: changed!.counts.changed });
      expect(changed!.counts.changed).toBeGreaterThan(0);
      expect(changed!.counts.changed).toBeLessThanOrEqual(customers / 100);
      expect(unchanged!.counts.unchanged).toBe(first!.counts.read);
      expect(unchanged!.requests).toBe(0);
      inSegments += first!.counts.read;
    }
    expect(contacts).toBeGreaterThan(inSegments * 0.98);
    expect(contacts).toBeLessThan(inSegments);

    const told = demo.stderr();
    expect(told).toMatch(/Calls in 1.5 s: 0/);
    expect(told).toMatch(/(ios|android) +[0-9a-f]{16}… .* unanswered .* answered 202/);
    expect(told).toMatch(/ios: accepted \d+ contacts that it does not know, created 0/);
    const [, changed] = /and so (\d+) attributes/.exec(told)!;
    expect(told).toContain(`Sent ${changed} attributes`);

    expect(resultOf(spoiled)).toMatchObject({ ok: false, mismatches: 1, created: 0, contacts });
    for (const each of [demo, spoiled]) await expectNothingLeft(each);
  });

  test('ends everything when it is interrupted, and says so with 130', async () => {
    const demo = await startDemo('--json', '--customers', String(customers));
    while (!demo.stderr().includes('npx outflow run loyalty')) {
      expect(demo.process.exitCode, demo.stderr()).toBeNull();
      await sleep(50);
    }
    demo.process.kill('SIGINT');
    expect(await demo.ended).toBe(130);
    await expectNothingLeft(demo);
    expect(demo.stdout()).toBe('');
    expect(isAlive(demo.process.pid!)).toBe(false);
  });

  test('refuses a shop that is too small to show anything', async () => {
    const demo = await startDemo('--once', '--customers', '10');
    expect(await demo.ended).toBe(2);
    expect(demo.stderr()).toContain('Use --customers 1000 or more.');
  });
});
