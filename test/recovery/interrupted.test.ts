import type { Client } from '@temporalio/client';
import { afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { errorReport } from '../../src/activation/errors.js';
import { resumeActivation } from '../../src/engine/activations.js';
import { closeIncident } from '../../src/engine/close-incident.js';
import { closeRun } from '../../src/engine/close-run.js';
import { engineId } from '../../src/engine/database.js';
import { newestDefinitions } from '../../src/engine/definitions.js';
import { openIncidents } from '../../src/engine/incidents.js';
import { type MetCulprit, recordIncident } from '../../src/engine/open-incident.js';
import { openIncident } from '../../src/recovery/open-incident.js';
import { startRecoveryLoop } from '../../src/recovery/recovery-loop.js';
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
  return client.workflow.getHandle(`recovery/source/source_url/${incidentId}`);
}

/** The run of the recovery that is under way; undefined when there is none. */
async function recoveryUnderWay(incidentId: number): Promise<string | undefined> {
  const found = await recovery(incidentId)
    .describe()
    .catch(() => undefined);
  return found?.status.name === 'RUNNING' ? found.runId : undefined;
}

function startLoop(): string[] {
  const lines: string[] = [];
  const loop = startRecoveryLoop({
    engine,
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

/** The client, with something else in place of functions of its schedules. */
function withSchedules(functions: object): Client {
  const getHandle = (id: string) => ({ ...client.schedule.getHandle(id), ...functions });
  return { workflow: client.workflow, options: client.options, schedule: { getHandle } } as unknown as Client;
}
