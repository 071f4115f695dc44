import { userInfo } from 'node:os';
import { beforeAll, expect, test } from 'vitest';
import type { RunResult } from '../../src/activation/run.js';
import { activation, definitions } from './definitions.js';
import { makeWorkspace } from './workspace.js';

const workspace = await makeWorkspace();
const { source } = workspace;
const me = userInfo().username;

interface Status {
  activations: { openRun: (RunResult & { stateSince: string }) | null; lastRun: RunResult }[];
}

beforeAll(async () => {
  await source.query(`
    create table loyalty (email text, tier text, points int);
    insert into loyalty select 'member' || i || '@example.com', 'gold', i from generate_series(1, 60) i`);
  const loyalty = activation({ schedule: { cron: '0 7 1 1 *' } });
  const calm = activation({ attributes: { tier2: 'tier' }, guards: { gone: 'off' } });
  await workspace.define(definitions({ activations: { calm, loyalty } }));
  expect(await workspace.outflow('apply', '--yes')).toMatchObject({ exitCode: 0 });
  await workspace.startWorker();
  expect(await workspace.outflow('run', 'loyalty', 'calm')).toMatchObject({ exitCode: 0 });
});

async function status(): Promise<Status['activations'][number]> {
  const [{ activations }] = (await workspace.outflowJson<Status>('status', 'loyalty')) as [Status];
  return activations[0]!;
}

async function endOfRun(runId: number): Promise<RunResult> {
  await expect.poll(async () => (await status()).lastRun.runId).toBe(runId);
  return (await status()).lastRun;
}

test('where nothing is held, there is nothing to approve', async () => {
  const { exitCode, stderr } = await workspace.outflow('approve', 'loyalty', '--yes');
  expect(exitCode).toBe(2);
  expect(stderr).toBe(
    '✗ No guard holds a run of activation "loyalty".\n  `outflow status loyalty` shows what it is doing.\n',
  );
});

test('a run that a guard holds is not waited for: its figures and what to do are shown', async () => {
  await source.query(`delete from loyalty where points > 20`);
  const { exitCode, stdout, stderr } = await workspace.outflow('run', 'loyalty', 'calm');
  expect(exitCode).toBe(8);
  const { runId } = (await status()).openRun!;
  expect(stdout).toMatch(/^ *\d +loyalty +delta +cli +held .* 20 +40$/m);
  expect(stdout).toMatch(/^ *\d +calm +delta +cli +completed .* 20 +40$/m);
  expect(stderr).toContain(`loyalty: run ${runId} is held\n`);
  expect(stderr).toContain(
    [
      `! Run ${runId} of loyalty is held: nothing of it is sent until it is approved.`,
      '  40 of 60 contacts left the segment; at most 50% may',
      `  Send it with \`outflow approve loyalty --hold run-${runId}\`, or end it with \`outflow cancel loyalty\`.\n`,
    ].join('\n'),
  );
  const again = await workspace.outflow('run', 'loyalty', '--json');
  expect(again.exitCode).toBe(6);
});

test('status names the hold, its guards and the ways out', async () => {
  const { openRun } = await status();
  expect(openRun).toMatchObject({
    state: 'held',
    hold: { name: `run-${openRun!.runId}`, guards: [{ guard: 'gone', concerned: 40, of: 60, limitPercent: 50 }] },
  });
  const { stdout } = await workspace.outflow('status', 'loyalty');
  const [titled, ...more] = stdout
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
  expect(titled).toMatch(new RegExp(`^run +${openRun!.runId} is held since [\\d: -]+ UTC as run-${openRun!.runId}$`));
  expect(more.slice(0, 3)).toEqual([
    '40 of 60 contacts left the segment; at most 50% may',
    expect.stringMatching(/^read 20: 0 new, 0 changed, 40 gone; .*; 0 deferred,/),
    expect.stringContaining(`\`outflow approve loyalty --hold run-${openRun!.runId}\``),
  ]);
});

test('an approval names the hold that was looked at, and is refused for another', async () => {
  const { runId } = (await status()).openRun!;
  const { exitCode, stderr } = await workspace.outflow('approve', 'loyalty', '--hold', 'run-1', '--yes');
  expect(exitCode).toBe(2);
  expect(stderr).toBe(
    [
      `✗ The hold of activation "loyalty" is run-${runId}, not run-1.`,
      `  Look at its figures with \`outflow status loyalty\`; approve it with \`outflow approve loyalty --hold run-${runId}\`.\n`,
    ].join('\n'),
  );
  expect((await status()).openRun).toMatchObject({ state: 'held' });
});

test('without a terminal nobody approves unless --yes is given', async () => {
  const { exitCode, stderr } = await workspace.outflow('approve', 'loyalty');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('40 of 60 contacts left the segment; at most 50% may\n');
  expect(stderr).toContain(
    'Approved, it sends exactly what it has found: 0 contacts; 40 contacts leave the snapshot, and the destination keeps what it has of them.\n',
  );
  expect(stderr).toContain('Add --yes to go on without a question.');
  expect((await status()).openRun).toMatchObject({ state: 'held' });
});

test('a held run is paused as what it is, and stays held', async () => {
  const { runId } = (await status()).openRun!;
  expect((await workspace.outflow('pause', 'loyalty')).stdout).toBe(
    `loyalty is paused: its run ${runId} stays held; approved, it sends when loyalty is resumed.\n`,
  );
  await workspace.outflow('resume', 'loyalty');
  expect((await status()).openRun).toMatchObject({ state: 'held' });
});

test('a cancelled hold changes nothing: the next run is held again, under a name of its own', async () => {
  const { runId } = (await status()).openRun!;
  expect((await workspace.outflow('cancel', 'loyalty')).stdout).toBe(
    `loyalty: run ${runId} is cancelled (0 contacts accepted, 0 unsent).\n`,
  );
  const { exitCode, stdout } = await workspace.outflow('run', 'loyalty', '--json');
  expect(exitCode).toBe(8);
  const held = JSON.parse(stdout) as RunResult;
  expect(held).toMatchObject({ state: 'held', outcome: null, counts: { gone: 40 } });
  expect(held.hold).toMatchObject({ name: `run-${held.runId}` });
  expect((await workspace.outflow('approve', 'loyalty', '--hold', `run-${runId}`, '--yes')).stderr).toContain(
    `✗ The hold of activation "loyalty" is run-${held.runId}, not run-${runId}.`,
  );
});

test('an approved run sends what was held, and says who approved it', async () => {
  const { runId } = (await status()).openRun!;
  expect(await workspace.outflow('approve', 'loyalty', '--yes')).toMatchObject({
    exitCode: 0,
    stdout: `run-${runId} is approved: run ${runId} of loyalty sends now.\n`,
  });
  expect(await endOfRun(runId)).toMatchObject({
    outcome: 'completed',
    counts: { gone: 40 },
    hold: { name: `run-${runId}`, approved: { by: me } },
  });
  expect((await workspace.outflow('status', 'loyalty')).stdout).toMatch(
    new RegExp(`^ +run-${runId} was approved at .* UTC by ${me}$`, 'm'),
  );
  expect(await workspace.outflowJson('run', 'loyalty')).toMatchObject([{ counts: { gone: 0, unchanged: 20 } }]);
});

test('a run that is approved while its activation is paused sends when that is resumed', async () => {
  await source.query('update loyalty set tier = null');
  const [held] = await workspace.outflowJson<RunResult>('run', 'loyalty');
  const { runId, hold } = held!;
  expect(hold).toMatchObject({ guards: [{ guard: 'nulled', attribute: 'tier', concerned: 20, of: 20 }] });
  await workspace.outflow('pause', 'loyalty');
  expect((await workspace.outflow('approve', 'loyalty', '--hold', `run-${runId}`, '--yes')).stdout).toBe(
    `run-${runId} is approved: run ${runId} of loyalty sends when loyalty is resumed.\n`,
  );
  expect((await workspace.outflow('status', 'loyalty')).stdout).toMatch(
    new RegExp(`^ +run-${runId} was approved at .* by ${me}$`, 'm'),
  );
  expect((await status()).openRun).toMatchObject({ state: 'paused', counts: { changed: 20, accepted: 0 } });
  const again = await workspace.outflow('approve', 'loyalty', '--hold', `run-${runId}`, '--yes');
  expect(again.exitCode).toBe(2);
  expect(again.stderr).toMatch(
    new RegExp(`^✗ No guard holds a run of activation "loyalty".* run-${runId} was approved at .* by ${me}\\.$`, 'm'),
  );
  await workspace.outflow('resume', 'loyalty');
  expect(await endOfRun(runId)).toMatchObject({ outcome: 'completed', counts: { changed: 20, accepted: 20 } });
});
