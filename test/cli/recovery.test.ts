import { userInfo } from 'node:os';
import { beforeAll, expect, test } from 'vitest';
import type { CheckReport } from '../../src/operations/check/report.js';
import { listActivations } from '../../src/engine/definitions/activations.js';
import { engineId, openEngine } from '../../src/engine/database/database.js';
import { openIncidents, type OpenIncident } from '../../src/engine/incidents/incidents.js';
import { recoveryId } from '../../src/temporal/recovery-workflow.js';
import { activation, definitions, loyaltyTable } from './definitions.js';
import { makeWorkspace } from './workspace.js';

const workspace = await makeWorkspace();
const { source, client } = workspace;
const me = userInfo().username;

/** `loyalty` and `vip` stand on the segment `loyal`, `other` on one of its own. */
const written = definitions({
  segments: { others: { source: 'warehouse', sql: 'select * from others' } },
  activations: {
    loyalty: activation({ schedule: { cron: '0 7 1 1 *' } }),
    vip: activation({ attributes: { vip_tier: 'tier' } }),
    other: activation({ segment: 'others', attributes: { other_tier: 'tier' } }),
  },
});

beforeAll(async () => {
  await source.query(loyaltyTable);
  await source.query('create table others as select * from loyalty');
  await workspace.define(written);
  expect(await workspace.outflow('apply', '--yes')).toMatchObject({ exitCode: 0 });
  await workspace.startWorker();
});

async function inTheEngine<T>(read: (engine: ReturnType<typeof openEngine>) => Promise<T>): Promise<T> {
  const engine = openEngine(workspace.engineUrl, { applicationName: 'outflow test' });
  try {
    return await read(engine);
  } finally {
    await engine.end();
  }
}

const incidents = () => inTheEngine(({ db }) => openIncidents(db));

/** Of each activation that is paused: by whom. */
function paused(): Promise<Record<string, string>> {
  return inTheEngine(async ({ db }) => {
    const activations = (await listActivations(db)).filter((each) => each.paused);
    return Object.fromEntries(activations.map(({ name, paused }) => [name, paused!.by]));
  });
}

/** Takes the table away from the segment `loyal`, and lets a run find that. */
async function breakSegment(): Promise<OpenIncident> {
  await source.query('alter table loyalty rename to loyalty_away');
  expect(await workspace.outflow('run', 'loyalty')).toMatchObject({ exitCode: 3 });
  await expect.poll(incidents).toHaveLength(1);
  const [incident] = await incidents();
  expect(incident).toMatchObject({ kind: 'segment', name: 'loyal', activations: ['loyalty', 'vip'] });
  await expect
    .poll(async () => (await client.schedule.getHandle('activation/loyalty').describe()).state.paused)
    .toBe(true);
  return incident!;
}

const mendSegment = () => source.query('alter table loyalty_away rename to loyalty');

/** Whether the workflow that probes the culprit has ended. */
async function hasRecoveryEnded(incident: OpenIncident): Promise<void> {
  await (await recovery(incident)).result();
}

async function recovery(incident: OpenIncident) {
  return client.workflow.getHandle(recoveryId(await inTheEngine(engineId), incident));
}

/** The result of the run that makes up for the pause. */
function catchUpRun(name: string, { incidentId }: OpenIncident): Promise<unknown> {
  return client.workflow.getHandle(`activation/${name}-recovery-${incidentId}`).result();
}

test('a check without fault ends the automatic pause at once, and a run of each activation makes up for it', async () => {
  const incident = await breakSegment();
  expect(await workspace.outflow('check', 'loyalty')).toMatchObject({ exitCode: 3 });
  expect(await incidents()).toHaveLength(1);

  await mendSegment();
  expect(await workspace.outflow('check', 'loyalty')).toEqual({
    exitCode: 0,
    stdout: [
      '✓ activation loyalty: 30 rows',
      '✓ segment loyal is well again: the pause of loyalty, vip is over, and a run of each makes up for it',
      '✓ loyalty is ready to be applied',
      '',
    ].join('\n'),
    stderr: '',
  });
  expect(await paused()).toEqual({});
  for (const name of ['loyalty', 'vip']) {
    expect(await catchUpRun(name, incident)).toMatchObject({
      outcome: 'completed',
      trigger: 'recovery',
      counts: { read: 30 },
    });
  }
  expect((await client.schedule.getHandle('activation/loyalty').describe()).state.paused).toBe(false);
  await hasRecoveryEnded(incident);
});

test('a check of what does not stand on the culprit, or of what is not applied, proves nothing', async () => {
  const incident = await breakSegment();
  expect(await workspace.outflow('check', 'other')).toMatchObject({ exitCode: 0 });
  expect(await incidents()).toHaveLength(1);

  const changed = { ...written.segments, loyal: { source: 'warehouse', sql: 'table others' } };
  await workspace.define({ ...written, segments: changed });
  const [report] = await workspace.outflowJson<CheckReport>('check', 'vip');
  expect(report).toMatchObject({
    ok: true,
    warnings: [
      {
        code: 'paused_not_applied',
        message:
          'The automatic pause of loyalty, vip goes on (segment "loyal" is refused by its source): what was checked is not what is applied.',
      },
    ],
  });
  expect(report).not.toHaveProperty('recovered');
  expect(await paused()).toEqual({ loyalty: 'outflow', vip: 'outflow' });

  await workspace.define(written);
  await mendSegment();
  const [again] = await workspace.outflowJson<CheckReport>('check');
  expect(again).toMatchObject({ recovered: [{ kind: 'segment', name: 'loyal', resumed: ['loyalty', 'vip'] }] });
  await catchUpRun('loyalty', incident);
});

test('a pause by hand takes the place of an automatic one, and outlasts the fault', async () => {
  const incident = await breakSegment();
  expect((await workspace.outflow('pause', 'vip', '--reason', 'stock-taking')).stdout).toBe(
    'vip is paused: no run starts, also when segment "loyal" is well again.\n',
  );
  await mendSegment();
  const [report] = await workspace.outflowJson<CheckReport>('check', 'vip');
  expect(report).not.toHaveProperty('recovered');
  await (await recovery(incident)).signal('probe');
  await hasRecoveryEnded(incident);
  expect(await paused()).toEqual({ vip: me });
  await catchUpRun('loyalty', incident);
  expect(await workspace.outflow('resume', 'vip')).toMatchObject({ stdout: 'vip is resumed.\n' });
});

test('a resume by hand ends an automatic pause, and the last one the recovery', async () => {
  const incident = await breakSegment();
  expect((await workspace.outflow('resume', 'loyalty')).stdout).toBe(
    'loyalty is resumed.\nIt was paused because segment "loyal" is refused by its source.\n',
  );
  expect(await incidents()).toMatchObject([{ activations: ['vip'] }]);
  expect((await client.schedule.getHandle('activation/loyalty').describe()).state.paused).toBe(false);
  expect(await workspace.outflow('resume', 'vip')).toMatchObject({ exitCode: 0 });
  expect(await incidents()).toEqual([]);
  await hasRecoveryEnded(incident);
  await mendSegment();
});

test('definitions that are mended and applied end an automatic pause at once', async () => {
  const incident = await breakSegment();
  const mended = { ...written.segments, loyal: { source: 'warehouse', sql: 'select * from loyalty_away' } };
  await workspace.define({ ...written, segments: mended });
  expect(await workspace.outflow('apply', '--yes')).toMatchObject({ exitCode: 0 });
  // Its first probe would be due after a minute.
  await expect.poll(incidents).toEqual([]);
  // The incident is closed before its runs are started.
  await hasRecoveryEnded(incident);
  expect(await catchUpRun('loyalty', incident)).toMatchObject({ outcome: 'completed' });

  await mendSegment();
  await workspace.define(written);
  expect(await workspace.outflow('apply', '--yes')).toMatchObject({ exitCode: 0 });
});

test('a check of a name that the file does not have says which was meant', async () => {
  expect(await workspace.outflow('check', 'loyaltee')).toMatchObject({
    exitCode: 2,
    stdout: '✗ There is no activation "loyaltee" in the file.\n  Did you mean "loyalty"?\n✗ loyaltee has 1 fault\n',
  });
});

test('a check of one activation is not disturbed by the faults of another', async () => {
  await source.query('alter table others rename to others_away');
  expect(await workspace.outflow('check', 'loyalty')).toMatchObject({ exitCode: 0 });
  expect(await workspace.outflow('check')).toMatchObject({ exitCode: 3 });
  await source.query('alter table others_away rename to others');
});
