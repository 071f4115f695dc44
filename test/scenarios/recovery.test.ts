import { WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Culprit } from '../../src/activation/culprit.js';
import type { RunResult } from '../../src/activation/run.js';
import { listActivations, pauseActivation } from '../../src/engine/definitions/activations.js';
import { engineId } from '../../src/engine/database/database.js';
import { newestDefinitions } from '../../src/engine/definitions/definitions.js';
import { openIncidents, type OpenIncident } from '../../src/engine/incidents/incidents.js';
import { listRuns } from '../../src/engine/runs/runs.js';
import { recoveryId } from '../../src/temporal/recovery-workflow.js';
import { scheduleState } from '../../src/temporal/schedule-state.js';
import { reconcileSchedules } from '../../src/temporal/schedules.js';
import type { ActivationSpec } from './support/scenario-definitions.js';
import { startScenario } from './support/start-scenario.js';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.js';

const scenario = await startScenario();
const { source, engine, client, destination } = scenario;
const owner = await engineId(engine);

/** `north`, `south` and `resting` stand on a source that can be cut off; each of the others on a destination of its own. */
const names = ['north', 'south', 'resting', 'keyed', 'guarded', 'mapped'] as const;
type Name = (typeof names)[number];
const inStep = (name: Name) => `select email, tier as "u.tier" from ${name}`;
const onTheWay: ActivationSpec = {
  attributes: ['tier'],
  sourceVariable: 'AWAY_URL',
  schedule: [{ kind: 'cron', cron: '0 7 1 1 *', timezone: 'UTC' }],
};
const alone: ActivationSpec = { attributes: ['tier'], destination: {} };

let way: TcpProxy;
let reader: string;

beforeAll(async () => {
  const { host, username } = new URL(scenario.sourceUrl);
  reader = username;
  way = await startTcpProxy(host);
  for (const name of names) {
    await source.query(`create table ${name} (email text, tier text);
      insert into ${name} select '${name}-' || i || '@planted.example', 'planted' from generate_series(1, 12) i`);
  }
  await scenario.define({
    north: onTheWay,
    south: onTheWay,
    resting: onTheWay,
    keyed: alone,
    guarded: alone,
    mapped: alone,
  });
  await reconcileSchedules(client, {
    engineId: owner,
    definitions: (await newestDefinitions(engine.db))!.definitions,
    paused: new Set(),
    formerNames: [],
    searchAttributes: false,
  });
  await startWorker();
  for (const name of names) expect((await scenario.run(name)).outcome).toBe('completed');
});
afterAll(() => way.close());

function startWorker() {
  const { host } = new URL(scenario.sourceUrl);
  return scenario.startWorker({ AWAY_URL: scenario.sourceUrl.replace(host, way.address) });
}

/** Of each activation that is paused: by whom and why. */
async function pauses(): Promise<Record<string, string>> {
  const paused = (await listActivations(engine.db)).filter((each) => each.paused);
  return Object.fromEntries(paused.map(({ name, paused }) => [name, `${paused!.by}: ${paused!.reason ?? ''}`]));
}

/** The only incident, once its run has opened it and its recovery has begun. */
async function incident(): Promise<OpenIncident> {
  await expect.poll(() => openIncidents(engine.db)).toHaveLength(1);
  const [open] = await openIncidents(engine.db);
  await expect.poll(() => recovery(open!).describe().catch(absent)).toMatchObject({ status: { name: 'RUNNING' } });
  return open!;
}

function absent(error: unknown): undefined {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}

function recovery(incident: Culprit & { incidentId: number }) {
  return client.workflow.getHandle(recoveryId(owner, incident));
}

/** Lets the culprit be probed at once, which does not answer. */
async function probedInVain(open: OpenIncident): Promise<OpenIncident> {
  await recovery(open).signal('probe');
  await expect.poll(async () => (await openIncidents(engine.db))[0]?.probes).toBe(open.probes + 1);
  return (await openIncidents(engine.db))[0]!;
}

/** Lets the culprit be probed at once, which answers; the names of the activations that are resumed. */
async function probedWell(open: OpenIncident): Promise<string[]> {
  await recovery(open).signal('probe');
  const { resumed } = (await recovery(open).result()) as { resumed: string[] };
  await scenario.include(recovery(open).workflowId);
  expect(await openIncidents(engine.db)).toEqual([]);
  return resumed;
}

/** The runs that made up for the pause, once they have ended. */
async function catchUpRuns(activation: string, incidentId: number): Promise<RunResult[]> {
  const workflowId = `activation/${activation}-recovery-${incidentId}`;
  const handle = client.workflow.getHandle(workflowId);
  // An incident is closed before its runs are started.
  await expect.poll(() => handle.describe().catch(() => undefined)).toBeDefined();
  await handle.result();
  await scenario.include(workflowId);
  const runs = await listRuns(engine, { activation, limit: 100 });
  return runs.filter((run) => run.trigger === 'recovery' && run.workflowId.endsWith(`-${incidentId}`));
}

async function runsOf(activation: string): Promise<number> {
  return (await listRuns(engine, { activation, limit: 100 })).length;
}

async function schedule(activation: string) {
  return (await scheduleState(client, await engineId(engine), activation))!;
}

/** Also ends the sessions that the reader has open: they would go on. */
async function lockOut(): Promise<void> {
  await source.query(`alter role ${reader} nologin`);
  await source.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${reader}'`);
}

test('a source that is down pauses what stands on it once, and when it is back exactly that is resumed and caught up', async () => {
  await pauseActivation(engine, 'resting', { who: 'ann', by: 'cli' }, 'stock-taking');
  const runsAtRest = await runsOf('resting');
  way.cut();
  const runs = await Promise.all(['north', 'south'].map((activation) => scenario.start({ activation })));
  for (const run of runs) {
    expect(await scenario.resultOf(run)).toMatchObject({
      outcome: 'failed',
      error: { code: 'SourceUnreachable', category: 'connection', culprit: 'source' },
    });
  }
  const open = await incident();
  expect(open).toMatchObject({
    kind: 'source',
    name: 'away_url',
    error: { code: 'SourceUnreachable' },
    probes: 0,
    activations: ['north', 'south'],
  });
  expect(await scenario.stored('select from outflow.incident')).toHaveLength(1);
  const reason = 'source "away_url" cannot be reached';
  expect(await pauses()).toEqual({
    north: `outflow: ${reason}`,
    south: `outflow: ${reason}`,
    resting: 'ann: stock-taking',
  });
  expect(await schedule('north')).toMatchObject({ paused: true, note: `Paused by Outflow: ${reason}` });
  expect(await schedule('resting')).toMatchObject({ paused: false });
  expect(await scenario.run('north')).toMatchObject({ outcome: 'skipped', error: { code: 'ActivationPaused' } });

  const probed = await probedInVain(open);
  expect(probed.lastProbe?.error).toMatchObject({ code: 'SourceUnreachable' });

  await source.query(`update north set tier = 'planted 2'`);
  way.mend();
  expect(await probedWell(probed)).toEqual(['north', 'south']);
  expect(await catchUpRuns('north', open.incidentId)).toMatchObject([
    { outcome: 'completed', trigger: 'recovery', counts: { changed: 12, accepted: 12 } },
  ]);
  expect(await catchUpRuns('south', open.incidentId)).toMatchObject([{ outcome: 'completed' }]);
  expect(await scenario.notInStep(inStep('north'))).toEqual([]);
  expect(await pauses()).toEqual({ resting: 'ann: stock-taking' });
  expect(await runsOf('resting')).toBe(runsAtRest);
  expect(await schedule('north')).toMatchObject({ paused: false });
});

test('a schedule that a person has paused in Temporal stays paused, and is not caught up', async () => {
  await lockOut();
  await client.schedule.getHandle('activation/south').pause('I am looking at it');
  expect(await scenario.run('north')).toMatchObject({ error: { code: 'SourceRejectedLogin' } });
  const open = await incident();
  expect(open.activations).toEqual(['north', 'south']);
  const runsOfSouth = await runsOf('south');
  await source.query(`alter role ${reader} login`);
  await probedWell(open);
  expect(await catchUpRuns('north', open.incidentId)).toMatchObject([{ outcome: 'completed' }]);
  expect(await schedule('south')).toMatchObject({ paused: true, note: 'I am looking at it' });
  expect(await runsOf('south')).toBe(runsOfSouth);
  await client.schedule.getHandle('activation/south').unpause();
});

test('keys that Batch refuses pause what is sent there; a probe sends no contact', async () => {
  await source.query(`update keyed set tier = 'planted 2'`);
  destination.fail({ status: { code: 403 } });
  expect(await scenario.run('keyed')).toMatchObject({ outcome: 'failed', error: { code: 'DestinationUnauthorized' } });
  const open = await incident();
  expect(open).toMatchObject({ kind: 'destination', name: 'keyed-app', activations: ['keyed'] });

  const before = (await destination.requests()).length;
  const probed = await probedInVain(open);
  expect(probed.lastProbe?.error).toMatchObject({ code: 'DestinationUnauthorized', category: 'access' });
  const requests = (await destination.requests()).slice(before);
  expect(requests.map(({ body }) => body)).toEqual(['[]', '[]']);

  destination.fail();
  expect(await probedWell(probed)).toEqual(['keyed']);
  expect(await catchUpRuns('keyed', open.incidentId)).toMatchObject([{ outcome: 'completed' }]);
  expect(await scenario.notInStep(inStep('keyed'))).toEqual([]);
});

test('a table that may not be read pauses the activations of its segment until the right is given back', async () => {
  await source.query(`revoke select on guarded from ${reader}`);
  expect(await scenario.run('guarded')).toMatchObject({
    error: { code: 'SourceRejectedQuery', category: 'access', culprit: 'segment' },
  });
  const open = await incident();
  expect(open).toMatchObject({ kind: 'segment', name: 'guarded', activations: ['guarded'] });
  const probed = await probedInVain(open);
  expect(probed.lastProbe?.error).toMatchObject({ code: 'SourceRejectedQuery', category: 'access' });
  await source.query(`grant select on guarded to ${reader}`);
  expect(await probedWell(probed)).toEqual(['guarded']);
  expect(await catchUpRuns('guarded', open.incidentId)).toMatchObject([{ outcome: 'completed' }]);
});

test('a mapping that does not fit pauses its activation alone, and the next probe tries what was applied since', async () => {
  await scenario.define({ mapped: { ...alone, attributes: [{ attribute: 'tier', field: 'teir' }] } });
  expect(await scenario.run('mapped')).toMatchObject({ error: { code: 'SegmentInvalid', culprit: 'activation' } });
  const open = await incident();
  expect(open).toMatchObject({ kind: 'activation', name: 'mapped', activations: ['mapped'] });
  const probed = await probedInVain(open);
  await scenario.define({ mapped: alone });
  expect(await probedWell(probed)).toEqual(['mapped']);
  expect(await catchUpRuns('mapped', open.incidentId)).toMatchObject([{ outcome: 'completed' }]);
});

test('an activation that is moved away from what is at fault is resumed, and the incident is over', async () => {
  await source.query('alter table mapped rename to mapped_before');
  expect(await scenario.run('mapped')).toMatchObject({
    error: { code: 'SourceRejectedQuery', category: 'not_found' },
  });
  const open = await incident();
  const definitions = (await newestDefinitions(engine.db))!.definitions;
  definitions.segments['mended'] = { name: 'mended', source: 'source_url', sql: 'select * from mapped_before' };
  definitions.activations['mapped']!.segment = 'mended';
  await scenario.apply(definitions);
  await recovery(open).signal('probe');
  expect(await recovery(open).result()).toEqual({ resumed: [] });
  expect(await catchUpRuns('mapped', open.incidentId)).toMatchObject([{ outcome: 'completed' }]);
  expect(await openIncidents(engine.db)).toEqual([]);
  await source.query('alter table mapped_before rename to mapped');
  await scenario.define({});
});

test('a worker that is killed while it resumes leaves nothing undone, and no run is started twice', async () => {
  // What stands still when the first run is started, but nobody has recorded it yet.
  await scenario.stored(`
    create function wait_for_the_test() returns trigger language plpgsql as $$
    begin
      perform pg_advisory_xact_lock_shared(99);
      return new;
    end $$`);
  await scenario.stored(`
    create trigger resuming before update on outflow.activation for each row
    when (old.to_catch_up_after is not null and new.to_catch_up_after is null) execute function wait_for_the_test()`);
  const gate = await engine.connect();
  await gate.query('select pg_advisory_lock(99)');

  await lockOut();
  expect(await scenario.run('north')).toMatchObject({ error: { code: 'SourceRejectedLogin' } });
  const open = await incident();
  await source.query(`alter role ${reader} login`);
  await recovery(open).signal('probe');
  await expect
    .poll(() => scenario.stored(`select from pg_locks where locktype = 'advisory' and not granted`))
    .toHaveLength(1);
  await scenario.workers.at(-1)!.kill();
  expect(await pauses()).toEqual({ resting: 'ann: stock-taking' });
  await gate.query('select pg_advisory_unlock(99)');
  engine.release(gate, true);

  await startWorker();
  expect(await recovery(open).result()).toEqual({ resumed: ['north', 'south'] });
  expect(await catchUpRuns('north', open.incidentId)).toMatchObject([{ outcome: 'completed' }]);
  expect(await catchUpRuns('south', open.incidentId)).toMatchObject([{ outcome: 'completed' }]);
  expect(await schedule('south')).toMatchObject({ paused: false });
  await scenario.stored('drop trigger resuming on outflow.activation');
});

test('neither histories nor logs hold contact data or a secret', async () => {
  expect(await scenario.placesThatHold('planted')).toEqual([]);
  expect(await scenario.placesThatHold('north')).not.toEqual([]);
});
