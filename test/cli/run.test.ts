import { beforeAll, expect, test } from 'vitest';
import type { RunResult } from '../../src/activation/run.js';
import { localTime } from '../../src/text/local-time.js';
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
  await workspace.startWorker();
});

test('a run shows its states on stderr and its figures on stdout', async () => {
  const { exitCode, stdout, stderr } = await workspace.outflow('run', 'loyalty');
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(/^loyalty: run 1 is (diffing|sending|closing)$/m);
  const [titles, figures] = stdout.split('\n').map((line) => line.trim().split(/ {2,}/));
  expect(titles).toEqual([
    ...['run', 'activation', 'mode', 'trigger', 'outcome', `started (${localTime.zone})`, 'took'],
    ...['read', 'new', 'accepted'],
  ]);
  expect(figures!.slice(0, 5)).toEqual(['1', 'loyalty', 'delta', 'cli', 'completed']);
  expect(figures!.slice(7)).toEqual(['30', '30', '30']);
});

test('several runs give a line each in the order given, and the exit code of the first that failed', async () => {
  const { exitCode, stdout } = await workspace.outflow('run', 'second', 'refused', 'broken', '--json');
  expect(exitCode).toBe(4);
  const results = parsedLines(stdout);
  expect(results).toMatchObject([
    { activation: 'second', trigger: 'cli', state: 'closed', outcome: 'completed', counts: { accepted: 30 } },
    { activation: 'refused', outcome: 'failed', error: { code: 'DestinationUnauthorized' }, counts: { unsent: 30 } },
    {
      activation: 'broken',
      outcome: 'failed',
      error: { code: 'SourceEndedQuery', category: 'data' },
      counts: { read: 0 },
    },
  ]);
  const [runs] = await workspace.outflowJson<RunResult[]>('runs', '--limit', '3');
  const order = results.map(({ runId }) => runId);
  expect(runs!.sort((a, b) => order.indexOf(a.runId) - order.indexOf(b.runId))).toEqual(results);
});

test('a run that failed shows why, and what to do', async () => {
  const { exitCode, stderr } = await workspace.outflow('run', 'broken');
  expect(exitCode).toBe(3);
  expect(stderr).toMatch(/✗ Source warehouse ended the query: SQLSTATE 22012.*\n {2}Try the SQL of the segment/);
});

test('a full run sends everything again', async () => {
  expect(await workspace.outflowJson('run', 'loyalty', '--full')).toMatchObject([
    { mode: 'full', fullBecause: 'requested', counts: { accepted: 30 } },
  ]);
});

test('a detached run is left to itself', async () => {
  const [detached] = await workspace.outflowJson<{ workflowId: string }>('run', 'loyalty', '--detach');
  expect(detached).toMatchObject({ activation: 'loyalty', temporalRunId: expect.any(String) as string });
  expect(await client.workflow.getHandle(detached!.workflowId).result()).toMatchObject({ trigger: 'cli' });
});

test('Ctrl-C ends the waiting, not the run; another start is skipped, and cancel ends it', async () => {
  standIn.setFaults({ hold: true });
  const left = workspace.start(['run', 'loyalty', '--full']);
  await expect.poll(() => left.output()).toContain('is sending');
  left.process.kill('SIGINT');
  const { exitCode, stderr } = await left.finished;
  expect(exitCode).toBe(130);
  expect(stderr).toContain(
    'The run of loyalty goes on. Watch it with `outflow status loyalty`, end it with `outflow cancel loyalty`.',
  );
  const skipped = await workspace.outflow('run', 'loyalty');
  expect(skipped.exitCode).toBe(6);
  expect(skipped.stderr).toMatch(/✗ Run \d+ of activation "loyalty" is open since/);

  const cancelling = workspace.outflow('cancel', 'loyalty', 'second');
  const handle = client.workflow.getHandle((await openRun()).workflowId);
  await expect
    .poll(async () =>
      (await handle.fetchHistory()).events?.some((event) => event.workflowExecutionCancelRequestedEventAttributes),
    )
    .toBe(true);
  standIn.setFaults({});
  await release();
  const cancelled = await cancelling;
  expect(cancelled.exitCode).toBe(0);
  expect(cancelled.stdout).toContain('second: no run is open.\n');
  expect(cancelled.stdout).toMatch(/^loyalty: run \d+ is cancelled \(\d+ contacts? accepted, \d+ unsent\)\.$/m);
  const [runs] = await workspace.outflowJson<RunResult[]>('runs', 'loyalty');
  expect(runs).toMatchObject([
    { outcome: 'skipped', error: { code: 'RunAlreadyOpen' } },
    { outcome: 'cancelled' },
    {},
    {},
    {},
  ]);
});

test('a run that is cancelled while it is waited for ends with the exit code of that', async () => {
  standIn.setFaults({ hold: true });
  const run = workspace.start(['run', 'loyalty', '--full', '--json']);
  await expect.poll(() => run.output()).toContain('is sending');
  await client.workflow.getHandle((await openRun()).workflowId).cancel();
  standIn.setFaults({});
  await release();
  const { exitCode, stdout } = await run.finished;
  expect(exitCode).toBe(7);
  expect(parsedLines(stdout)).toMatchObject([{ activation: 'loyalty', state: 'closed', outcome: 'cancelled' }]);
});

test('a run whose workflow was terminated is said to be, and cancel closes it', async () => {
  standIn.setFaults({ hold: true });
  const run = workspace.start(['run', 'loyalty', '--full', '--json']);
  await expect.poll(() => run.output()).toContain('is sending');
  await client.workflow.getHandle((await openRun()).workflowId).terminate();
  const { exitCode, stdout } = await run.finished;
  expect(exitCode).toBe(7);
  expect(parsedLines(stdout)).toMatchObject([
    {
      activation: 'loyalty',
      outcome: null,
      error: { code: 'Cancelled', message: 'The run of loyalty was terminated in Temporal.' },
    },
  ]);
  expect((await workspace.outflow('cancel', 'loyalty')).stdout).toMatch(
    /^loyalty: the workflow of its open run had ended without closing it; run \d+ is cancelled/,
  );
  standIn.setFaults({});
  await release();
});

async function openRun(): Promise<RunResult> {
  const [status] = await workspace.outflowJson<{ activations: { openRun: RunResult }[] }>('status', 'loyalty');
  return status!.activations[0]!.openRun;
}

async function release(): Promise<void> {
  await fetch(`${standIn.url}/__inspect/release`, { method: 'POST' });
}

function parsedLines(stdout: string): RunResult[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RunResult);
}
