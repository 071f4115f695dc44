import { beforeAll, expect, test } from 'vitest';
import type { RunResult } from '../../src/activation/run.js';
import { activation, definitions, loyaltyTable } from './definitions.js';
import { makeWorkspace } from './workspace.js';

const workspace = await makeWorkspace();
const { client, source, standIn } = workspace;

/** Two activations that work, one whose source fails and one whose keys are refused. */
const everything = definitions({
  segments: {
    broken: { source: 'warehouse', sql: 'select email, tier, 1 / (points - points) as points from loyalty' },
  },
  destinations: {
    refusing: {
      type: 'batch-mep',
      restKey: '${IOS_KEY}',
      apiKeys: { ios: '${ANDROID_KEY}' },
      url: '${BATCH_URL}',
      callsPerSecond: 'off',
    },
  },
  activations: {
    loyalty: activation(),
    second: activation({ attributes: { tier2: 'tier' } }),
    broken: activation({ segment: 'broken', attributes: { points2: 'points' } }),
    refused: activation({ destination: 'refusing', attributes: { tier3: 'tier' } }),
  },
});

beforeAll(async () => {
  await source.query(loyaltyTable);
  await workspace.define(everything);
  expect(await workspace.outflow('apply', '--yes')).toMatchObject({ exitCode: 0 });
});

async function withWorker(work: () => Promise<void>): Promise<void> {
  const worker = workspace.start(['worker']);
  await expect.poll(() => worker.output()).toContain('The worker serves Temporal');
  await work();
  worker.process.kill('SIGTERM');
  expect(await worker.finished).toMatchObject({ exitCode: 0 });
}

test('a run shows its states on stderr and its figures on stdout', () =>
  withWorker(async () => {
    const { exitCode, stdout, stderr } = await workspace.outflow('run', 'loyalty');
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^loyalty: run 1 is (diffing|sending)$/m);
    const [titles, figures] = stdout.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(titles).toEqual(
      ['run', 'activation', 'mode', 'trigger', 'outcome', 'started', 'took'].concat([
        'read',
        'new',
        'changed',
        'gone',
        'accepted',
        'rejected',
        'unsent',
        'invalid',
      ]),
    );
    expect(figures!.slice(0, 5)).toEqual(['1', 'loyalty', 'delta', 'cli', 'completed']);
    expect(figures!.slice(7)).toEqual(['30', '30', '0', '0', '30', '0', '0', '0']);

    // Several runs: a line each in the order given, and the exit code of the first that failed.
    const several = await workspace.outflow('run', 'second', 'refused', 'broken', '--json');
    const results = several.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as RunResult);
    expect(several.exitCode).toBe(4);
    expect(results).toMatchObject([
      { activation: 'second', trigger: 'cli', state: 'closed', outcome: 'completed', counts: { accepted: 30 } },
      { activation: 'refused', outcome: 'failed', error: { code: 'DestinationUnauthorized' }, counts: { unsent: 30 } },
      { activation: 'broken', outcome: 'failed', error: { code: 'SourceRejectedQuery' } },
    ]);
    const runs = await workspace.outflowJson<RunResult[]>('runs', '--limit', '3');
    expect(
      runs[0]!.sort((a, b) => several.stdout.indexOf(a.workflowId) - several.stdout.indexOf(b.workflowId)),
    ).toEqual(results);
    const failed = await workspace.outflow('run', 'broken');
    expect(failed.exitCode).toBe(3);
    expect(failed.stderr).toContain('✗ Source warehouse refuses the query: SQLSTATE 22012');

    // A full run, and one that is detached.
    expect(await workspace.outflowJson('run', 'loyalty', '--full')).toMatchObject([
      { mode: 'full', fullBecause: 'requested', counts: { changed: 30, accepted: 30 } },
    ]);
    const [detached] = await workspace.outflowJson<{ workflowId: string }>('run', 'loyalty', '--detach');
    expect(detached).toMatchObject({ activation: 'loyalty', temporalRunId: expect.any(String) as string });
    expect(await client.workflow.getHandle(detached!.workflowId).result()).toMatchObject({ trigger: 'cli' });
  }));

test('Ctrl-C ends the waiting but not the run, which says so when another is started, and can be cancelled', () =>
  withWorker(async () => {
    standIn.setFaults({ hold: { application: true } });
    const left = workspace.start(['run', 'loyalty', '--full']);
    await expect.poll(() => left.output()).toContain('is sending');
    left.process.kill('SIGINT');
    expect(await left.finished).toMatchObject({
      exitCode: 130,
      stderr: expect.stringContaining(
        'The run of loyalty goes on. Watch it with `outflow status loyalty`, end it with `outflow cancel loyalty`.',
      ) as string,
    });
    const skipped = await workspace.outflow('run', 'loyalty');
    expect(skipped.exitCode).toBe(6);
    expect(skipped.stderr).toMatch(/✗ Run \d+ of activation "loyalty" is open since/);

    const waiting = workspace.outflow('cancel', 'loyalty', 'second');
    await fetch(`${standIn.url}/__inspect/release`, { method: 'POST' });
    standIn.setFaults({});
    await fetch(`${standIn.url}/__inspect/release`, { method: 'POST' });
    const { exitCode, stdout } = await waiting;
    expect(exitCode).toBe(0);
    expect(stdout).toContain('second: no run is open.\n');
    expect(stdout).toMatch(/^loyalty: run \d+ is cancelled \(\d+ contacts accepted, \d+ unsent\)\.$/m);
  }));

test('a run whose workflow was terminated is said to be, and cancel closes it', () =>
  withWorker(async () => {
    standIn.setFaults({ hold: { application: true } });
    const run = workspace.start(['run', 'loyalty', '--full', '--json']);
    await expect.poll(() => run.output()).toContain('is sending');
    const [status] = await workspace.outflowJson<{ openRun: RunResult }[]>('status', 'loyalty');
    await client.workflow.getHandle(status![0]!.openRun.workflowId).terminate();
    const { exitCode, stdout } = await run.finished;
    expect(exitCode).toBe(7);
    expect(JSON.parse(stdout)).toMatchObject({
      activation: 'loyalty',
      error: { code: 'Cancelled', message: 'The run of loyalty was terminated in Temporal.' },
    });
    expect((await workspace.outflow('cancel', 'loyalty')).stdout).toMatch(/^loyalty: run \d+ is cancelled/);
    standIn.setFaults({});
  }));

test('an activation that is not applied starts nothing, and the nearest name is proposed', async () => {
  const before = await workspace.outflowJson('runs');
  const { exitCode, stdout, stderr } = await workspace.outflow('run', 'loyalty', 'secnd', '--json');
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toEqual({
    error: { code: 'ActivationUnknown', message: 'There is no activation "secnd".', remedy: 'Did you mean "second"?' },
  });
  expect(stderr).toBe('✗ There is no activation "secnd".\n  Did you mean "second"?\n');
  expect(await workspace.outflowJson('runs')).toEqual(before);
});

test('a file that differs from what was applied, or has faults, is warned of', async () => {
  await workspace.define({
    ...everything,
    activations: { ...everything.activations, third: activation({ sharedAttributes: true }) },
  });
  expect((await workspace.outflow('run', 'secnd')).stderr).not.toContain('differs');
  const differing = workspace.start(['run', 'loyalty', '--detach']);
  expect((await differing.finished).stderr).toContain('! outflow.yaml has faults; runs use what was applied.');
  await workspace.define({ ...everything, activations: { loyalty: activation() } });
  expect((await workspace.outflow('run', 'loyalty', '--detach')).stderr).toBe(
    '! outflow.yaml differs from what was applied, which is what runs use. `outflow apply` shows the difference.\n',
  );
  await workspace.define(everything);
  expect((await workspace.outflow('run', 'loyalty', '--detach')).stderr).toBe('');
});

test('a run that no worker takes up says how to start one, and waits for it', async () => {
  const run = workspace.start(['run', 'second']);
  await expect
    .poll(() => run.output())
    .toContain('No worker has taken up the run for 5 seconds. Start one with `outflow worker`; the run waits for it.');
  await withWorker(async () => {
    expect(await run.finished).toMatchObject({ exitCode: 0 });
  });
});
