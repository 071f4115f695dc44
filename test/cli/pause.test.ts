import { userInfo } from 'node:os';
import { beforeAll, expect, test } from 'vitest';
import type { RunResult } from '../../src/activation/run.js';
import { activation, definitions, loyaltyTable } from './definitions.js';
import { makeWorkspace } from './workspace.js';

const workspace = await makeWorkspace();
const { client, standIn } = workspace;
const me = userInfo().username;

interface Status {
  activation: string;
  paused: { since: string; by: string; reason?: string } | null;
  schedule: { rules: string; paused: boolean | null; nextRunAt: string | null };
  openRun: (RunResult & { stateSince: string; stateReason?: string }) | null;
  lastRun: RunResult | null;
}

beforeAll(async () => {
  await workspace.source.query(loyaltyTable);
  await workspace.define(
    definitions({
      activations: {
        byhand: activation({ attributes: { tier2: 'tier' } }),
        loyalty: activation({ schedule: { cron: '0 7 1 1 *' } }),
      },
    }),
  );
  expect(await workspace.outflow('apply', '--yes')).toMatchObject({ exitCode: 0 });
});

async function status(...names: string[]): Promise<Status[]> {
  const [status] = await workspace.outflowJson<{ activations: Status[] }>('status', ...names);
  return status!.activations;
}

test('status names the schedule and the next run of each activation', async () => {
  expect(await status()).toEqual([
    {
      activation: 'byhand',
      paused: null,
      incident: null,
      schedule: { rules: 'by hand', paused: null, nextRunAt: null },
      openRun: null,
      lastRun: null,
    },
    {
      activation: 'loyalty',
      paused: null,
      incident: null,
      schedule: {
        rules: 'cron 0 7 1 1 * UTC',
        paused: false,
        nextRunAt: expect.stringMatching(/^\d{4}-01-01T07:00:00.000Z$/) as string,
      },
      openRun: null,
      lastRun: null,
    },
  ]);
  const { stdout } = await workspace.outflow('status', 'loyalty');
  expect(stdout).toMatch(
    /^loyalty\n {2}schedule {2}cron 0 7 1 1 \* UTC\n {2}next run {2}\d{4}-01-01 07:00:00 UTC\n {2}last run {2}none yet\n$/,
  );
});

test('without a worker, status says so and has an exit code for health checks', async () => {
  const { exitCode, stderr } = await workspace.outflow('status');
  expect(exitCode).toBe(5);
  expect(stderr).toBe(
    '! No worker has been there for minutes: runs wait until one is started with `outflow worker`.\n',
  );
  const [report] = await workspace.outflowJson('status');
  expect(report).toMatchObject({ workers: { isServed: false } });
});

test('a paused activation starts nothing, says by whom and why it is paused, and is resumed', async () => {
  expect(await workspace.outflow('pause', 'loyalty', '--reason', 'stock-taking')).toEqual({
    exitCode: 0,
    stdout: 'loyalty is paused: no run starts.\n',
    stderr: '',
  });
  expect(await status('loyalty')).toMatchObject([
    { paused: { by: me, reason: 'stock-taking' }, schedule: { paused: true, nextRunAt: null } },
  ]);
  expect((await workspace.outflow('status', 'loyalty')).stdout).toMatch(
    new RegExp(`^ {2}paused {4}since [\\d: -]+ UTC by ${me} \\(stock-taking\\)$`, 'm'),
  );
  await workspace.startWorker();
  const skipped = await workspace.outflow('run', 'loyalty', '--json');
  expect(skipped.exitCode).toBe(6);
  expect(JSON.parse(skipped.stdout)).toMatchObject({ outcome: 'skipped', error: { code: 'ActivationPaused' } });
  expect(skipped.stderr).not.toContain('worker');

  expect((await workspace.outflow('resume', '--all')).stdout).toBe('byhand is resumed.\nloyalty is resumed.\n');
  expect(await status('loyalty')).toMatchObject([{ paused: null, schedule: { paused: false } }]);
});

test('nobody pauses or resumes everything by forgetting a name', async () => {
  for (const verb of ['pause', 'resume']) {
    expect(await workspace.outflow(verb)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `✗ Nothing says which activations to ${verb}.\n  Name them, or write \`outflow ${verb} --all\` for all 2 activations.\n`,
    });
  }
});

test('a second pause changes the reason, and says so', async () => {
  await workspace.outflow('pause', 'byhand', '--reason', 'lunch');
  expect((await workspace.outflow('pause', 'byhand', '--reason', 'stock-taking')).stdout).toBe(
    'byhand was paused already: the reason is now "stock-taking".\n',
  );
  expect((await workspace.outflow('pause', 'byhand')).stdout).toBe('byhand was paused already, and stays so.\n');
  expect(await status('byhand')).toMatchObject([{ paused: { by: me, reason: 'stock-taking' } }]);
  await workspace.outflow('resume', 'byhand');
});

test('a run under way is paused, shown to be, and goes on where it was', async () => {
  standIn.setFaults({ hold: true });
  const run = workspace.start(['run', 'loyalty', '--json']);
  await expect.poll(() => run.output()).toContain('is sending');
  expect((await workspace.outflow('pause', 'loyalty', '--reason', 'lunch')).stdout).toMatch(
    /^loyalty is paused: its run \d+ ends the requests on the wire, then waits\.\n$/,
  );
  standIn.setFaults({});
  await fetch(`${standIn.url}/__inspect/release`, { method: 'POST' });
  await expect.poll(async () => (await status('loyalty'))[0]!.openRun?.state).toBe('paused');
  expect(await status('loyalty')).toMatchObject([{ openRun: { stateReason: 'lunch', outcome: null } }]);
  expect((await workspace.outflow('status', 'loyalty')).stdout).toMatch(
    /run {7}\d+ is paused since [\d: -]+ UTC \(lunch\)/,
  );

  expect((await workspace.outflow('resume', 'loyalty')).stdout).toMatch(
    /^loyalty is resumed: its run \d+ goes on\.\n$/,
  );
  const { exitCode, stdout } = await run.finished;
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'completed', counts: { new: 30, accepted: 30 } });
  expect((await status('loyalty'))[0]!.lastRun).toEqual(JSON.parse(stdout));
});

test('pause and resume refuse a name that is not applied before they touch the others', async () => {
  const { exitCode, stderr } = await workspace.outflow('pause', 'byhand', 'loyaltee');
  expect(exitCode).toBe(2);
  expect(stderr).toBe('✗ There is no activation "loyaltee".\n  Did you mean "loyalty"?\n');
  expect(await status('byhand')).toMatchObject([{ paused: null }]);
});

test('without Temporal, status shows what the database knows, and fails', async () => {
  const environment = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
  const { exitCode, stdout, stderr } = await workspace.start(['status', '--json'], { environment }).finished;
  expect(exitCode).toBe(5);
  expect(JSON.parse(stdout)).toMatchObject({
    activations: [{ activation: 'byhand' }, { activation: 'loyalty', schedule: { paused: null } }],
  });
  expect(stderr).toContain(`✗ Temporal at 127.0.0.1:1, namespace ${client.options.namespace}, cannot be reached:`);
});
