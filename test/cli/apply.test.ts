import { beforeAll, beforeEach, expect, test } from 'vitest';
import { closeRun } from '../../src/engine/runs/close-run.js';
import { type Engine, openEngine } from '../../src/engine/database/database.js';
import { applicant, opened, publishDiff } from '../engine/engine-fixture.js';
import { activation, definitions, loyaltyTable } from './definitions.js';
import { makeWorkspace } from './workspace.js';

const workspace = await makeWorkspace();
const { client } = workspace;

const scheduled = activation({ schedule: { every: '15m' } });

beforeAll(() => workspace.source.query(loyaltyTable));

/** Each test starts from `loyalty`, every 15 minutes, and nothing else. */
beforeEach(async () => {
  await workspace.define(definitions({ activations: { loyalty: scheduled } }));
  expect(await workspace.outflow('apply', '--yes')).toMatchObject({ exitCode: 0 });
});

/** The ids of the schedules of the namespace, once its list shows this many. */
async function schedules(count: number): Promise<string[]> {
  const list = async (): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { scheduleId } of client.schedule.list()) ids.push(scheduleId);
    return ids.sort();
  };
  await expect.poll(list).toHaveLength(count);
  return list();
}

test('the plan says what changes and what it costs, and applying it twice changes nothing', async () => {
  await workspace.define(
    definitions({
      activations: {
        loyalty: activation({ schedule: { daily: '07:00', timezone: 'Europe/Paris' }, attributes: ['tier'] }),
        second: activation({ sharedAttributes: true, attributes: ['points'], schedule: { every: '1d' } }),
      },
    }),
  );
  const applied = await workspace.outflow('apply', '--yes');
  expect(applied).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Applied: version \d+\.\n$/) as string });
  expect(applied.stderr.split('\n')).toEqual([
    'activation  change                     what its next run sends for it',
    'loyalty     attribute points: removed  nothing',
    '            schedule: changed',
    'second      added                      everything of every contact (first run)',
    '',
    'schedules',
    '  update loyalty: daily at 07:00 Europe/Paris',
    '  create second: every 1 d',
    '',
  ]);
  expect(await schedules(2)).toEqual(['activation/loyalty', 'activation/second']);
  expect(await workspace.outflow('apply')).toEqual({ exitCode: 0, stdout: 'Nothing to change.\n', stderr: '' });
});

test('the plan counts the contacts that are sent again', async () => {
  await withOpenRun(async (engine, run) => {
    await publishDiff(engine, run, { read: 1300, unchanged: 1200, new: 34 });
    await closeRun(engine, { ...run, outcome: 'completed' });
  });
  const attributes = { tier: { field: 'tier', onTooLong: 'truncate' }, points: 'points' };
  await workspace.define(definitions({ activations: { loyalty: { ...scheduled, attributes } } }));
  expect((await workspace.outflow('apply')).stderr).toContain('attribute tier: type or policy  tier of 1,234 contacts');
  await workspace.define(definitions({ activations: { loyalty: { ...scheduled, identifier: 'tier' } } }));
  expect((await workspace.outflow('apply')).stderr).toContain('everything of 1,234 contacts (another identifier)');
});

test('without a terminal and without --yes nothing is applied, and the exit code says so', async () => {
  await workspace.define(definitions({ activations: {} }));
  const refused = await workspace.outflow('apply');
  expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
  expect(refused.stderr).toContain(
    '✗ This command asks before it changes anything, and there is no terminal to ask on.\n  Add --yes to go on without a question.\n',
  );
  expect(await workspace.outflowJson('status')).toMatchObject([{ activations: [{ activation: 'loyalty' }] }]);
});

test('a file with faults is not applied', async () => {
  await workspace.define(definitions({ activations: { loyalty: activation({ schedule: { every: 'often' } }) } }));
  const refused = await workspace.outflow('apply', '--yes', '--json');
  expect(refused.exitCode).toBe(2);
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'ConfigInvalid' } });
  expect(refused.stderr).toContain('activations.loyalty.schedule.every: must be a duration from 10s to 366d.');
  expect(await workspace.outflowJson('status')).toMatchObject([
    { activations: [{ schedule: { rules: 'every 15 min' } }] },
  ]);
});

test('an activation that is removed loses its schedule and keeps its runs', async () => {
  expect(await schedules(1)).toEqual(['activation/loyalty']);
  const before = await workspace.outflowJson('runs', 'loyalty');
  await workspace.define(definitions({ activations: { second: activation() } }));
  expect(await workspace.outflowJson('apply', '--yes')).toMatchObject([
    {
      changed: true,
      activations: [
        { kind: 'removed', name: 'loyalty' },
        { kind: expect.stringMatching(/added|revived/) as string, name: 'second' },
      ],
      schedules: [{ kind: 'delete', activation: 'loyalty' }],
    },
  ]);
  expect(await schedules(0)).toEqual([]);
  expect(await workspace.outflowJson('runs', 'loyalty')).toEqual(before);
});

test('an activation with an open run is not removed', async () => {
  await workspace.define(definitions({ activations: {} }));
  await withOpenRun(async (engine, run) => {
    const refused = await workspace.outflow('apply', '--yes');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(`Activation "loyalty" cannot be removed: its run ${run.runId} is open.`);
    expect(await schedules(1)).toEqual(['activation/loyalty']);
    await closeRun(engine, { ...run, outcome: 'cancelled' });
  });
});

test('an activation that is renamed keeps its contacts, its pause and its schedule', async () => {
  await workspace.outflow('pause', 'loyalty');
  const members = { ...scheduled, previousName: 'loyalty' };
  await workspace.define(definitions({ activations: { members } }));
  expect((await workspace.outflow('apply', '--yes')).stderr).toMatch(/^members +renamed from loyalty +nothing$/m);
  expect(await schedules(1)).toEqual(['activation/members']);
  expect(await workspace.outflowJson('status')).toMatchObject([
    {
      activations: [
        { activation: 'members', paused: {}, schedule: { rules: 'every 15 min', paused: true, nextRunAt: null } },
      ],
    },
  ]);
  expect(await workspace.outflow('apply')).toMatchObject({ stdout: 'Nothing to change.\n' });
  await workspace.outflow('resume', 'members');
});

/** A run of `loyalty` that is open in the engine's database, without a workflow. The caller closes it. */
async function withOpenRun(
  work: (engine: Engine, run: { activationId: number; runId: number }) => Promise<void>,
): Promise<void> {
  const engine = openEngine(workspace.engineUrl, { applicationName: 'outflow test' });
  try {
    await work(engine, await opened(engine, applicant('loyalty')));
  } finally {
    await engine.end();
  }
}
