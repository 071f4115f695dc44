import type { Client } from '@temporalio/client';
import { afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { errorReport } from '../../src/activation/errors.js';
import { listActivations, pauseActivation, resumeActivation } from '../../src/engine/definitions/activations.js';
import { closeIncident } from '../../src/engine/incidents/close-incident.js';
import { closeRun } from '../../src/engine/runs/close-run.js';
import { engineId } from '../../src/engine/database/database.js';
import { newestDefinitions } from '../../src/engine/definitions/definitions.js';
import { openIncidents } from '../../src/engine/incidents/incidents.js';
import { type MetCulprit, recordIncident } from '../../src/engine/incidents/open-incident.js';
import { endIncident } from '../../src/operations/incidents/end-incident.js';
import { openIncident } from '../../src/recovery/open-incident.js';
import { startRecoveryLoop } from '../../src/recovery/recovery-loop.js';
import { recoveryId } from '../../src/temporal/recovery-workflow.js';
import { pauseSchedule, scheduleState } from '../../src/temporal/schedule-state.js';
import { reconcileSchedules } from '../../src/temporal/schedules.js';
import { applicant, opened } from '../engine/engine-fixture.js';
import { startScenario } from '../scenarios/support/start-scenario.js';

// Without a worker: the workflows that are started stand still.
const scenario = await startScenario();
const { engine, client } = scenario;
const owner = await engineId(engine);
const error = errorReport('SourceUnreachable', 'Source source_url cannot be reached.', 'Start it.');

beforeAll(async () => {
  const loyalty = { attributes: ['tier'], schedule: [{ kind: 'cron' as const, cron: '0 7 1 1 *', timezone: 'UTC' }] };
  await scenario.define({ loyalty });
  await reconcileSchedules(client, {
    engineId: owner,
    definitions: (await newestDefinitions(engine.db))!.definitions,
    paused: new Set(),
    formerNames: [],
    searchAttributes: false,
  });
});

afterEach(async () => {
  for (const { incidentId } of await openIncidents(engine.db)) await closeIncident(engine, incidentId, 'check');
  await resumeActivation(engine, 'loyalty');
  await client.schedule.getHandle('activation/loyalty').unpause();
});

/** The source, as a run that has failed has met it. */
async function metSource(): Promise<MetCulprit> {
  const run = await opened(engine, applicant('loyalty'));
  await closeRun(engine, { ...run, outcome: 'failed', error });
  return { runId: run.runId, culprit: { kind: 'source', name: 'source_url' }, error };
}

function recovery(incidentId: number) {
  return client.workflow.getHandle(recoveryId(owner, { incidentId, kind: 'source', name: 'source_url' }));
}

/** The run of the recovery that is under way; undefined when there is none. */
async function recoveryUnderWay(incidentId: number): Promise<string | undefined> {
  const found = await recovery(incidentId)
    .describe()
    .catch(() => undefined);
  return found?.status.name === 'RUNNING' ? found.runId : undefined;
}

async function schedule() {
  return (await scheduleState(client, owner, 'loyalty'))!;
}

function startLoop(): string[] {
  const lines: string[] = [];
  const loop = startRecoveryLoop({
    engine,
    engineId: owner,
    temporalClient: client,
    report: (line) => lines.push(line),
    everyMs: 100,
  });
  onTestFinished(() => loop.end());
  return lines;
}

test('a recovery that nobody began, or that somebody has ended, is begun by a worker that runs', async () => {
  const lines = startLoop();
  const { incidentId } = (await recordIncident(engine, await metSource()))!;
  await expect.poll(() => recoveryUnderWay(incidentId)).toBeDefined();
  const first = await recoveryUnderWay(incidentId);
  await recovery(incidentId).terminate();
  await expect.poll(() => recoveryUnderWay(incidentId)).toBeDefined();
  expect(await recoveryUnderWay(incidentId)).not.toBe(first);
  expect(lines).toEqual([]);
});

test('what keeps a worker from beginning recoveries is told, and tried again', async () => {
  const { incidentId } = (await recordIncident(engine, await metSource()))!;
  await engine.db.raw('alter table outflow.incident rename to incident_away');
  const lines = startLoop();
  await expect.poll(() => lines.join()).toContain('it is looked again');
  expect(await recoveryUnderWay(incidentId)).toBeUndefined();
  await engine.db.raw('alter table outflow.incident_away rename to incident');
  await expect.poll(() => recoveryUnderWay(incidentId)).toBeDefined();
});

test('an incident whose schedules cannot be paused has its recovery all the same', async () => {
  const context = { engine, engineId: owner, temporalClient: withSchedules({ pause: () => Promise.reject(gone) }) };
  await expect(openIncident(context, await metSource())).rejects.toBe(gone);
  const [open] = await openIncidents(engine.db);
  expect(await recoveryUnderWay(open!.incidentId)).toBeDefined();
});
const gone = new Error('The worker is gone.');

/** Lets an incident end while something happens just before the schedule is let go on. */
async function endMeanwhile(happens: () => Promise<unknown>): Promise<number> {
  const { incidentId } = await openIncident({ engine, engineId: owner, temporalClient: client }, await metSource());
  expect(await schedule()).toMatchObject({ paused: true });
  const unpause = async (note?: string) => {
    await happens();
    await client.schedule.getHandle('activation/loyalty').unpause(note);
  };
  await endIncident({ engine, engineId: owner, temporalClient: withSchedules({ unpause }) }, incidentId!, 'probe');
  return incidentId!;
}

async function catchUpRunOf(incidentId: number): Promise<string | undefined> {
  const run = client.workflow.getHandle(`activation/loyalty-recovery-${incidentId}`);
  return (await run.describe().catch(() => undefined))?.status.name;
}

test('a schedule goes on, and its run is started, when nothing happens meanwhile', async () => {
  const incidentId = await endMeanwhile(() => Promise.resolve());
  expect(await schedule()).toMatchObject({ paused: false });
  expect(await catchUpRunOf(incidentId)).toBe('RUNNING');
});

test('a pause that a person makes while the schedule is let go on stands', async () => {
  const incidentId = await endMeanwhile(async () => {
    await pauseActivation(engine, 'loyalty', { who: 'ann', by: 'cli' }, 'stock-taking');
    await pauseSchedule(client, owner, 'loyalty', 'Paused by ann: stock-taking');
  });
  expect(await schedule()).toMatchObject({ paused: true, note: 'Paused by ann: stock-taking' });
  expect(await catchUpRunOf(incidentId)).toBeUndefined();
});

test('a pause of the next incident stands as well, and is automatic', async () => {
  const met = await metSource();
  const incidentId = await endMeanwhile(() => openIncident({ engine, engineId: owner, temporalClient: client }, met));
  const reason = 'source "source_url" cannot be reached';
  expect(await schedule()).toMatchObject({ paused: true, note: `Paused by Outflow: ${reason}` });
  expect((await listActivations(engine.db))[0]).toMatchObject({ paused: { by: 'outflow', reason } });
  expect(await catchUpRunOf(incidentId)).toBeUndefined();
});

/** The client, with something else in place of functions of its schedules. */
function withSchedules(functions: object): Client {
  const getHandle = (id: string) => ({ ...client.schedule.getHandle(id), ...functions });
  return { workflow: client.workflow, options: client.options, schedule: { getHandle } } as unknown as Client;
}
