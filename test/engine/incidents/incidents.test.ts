import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Culprit } from '../../../src/activation/culprit.js';
import { errorReport } from '../../../src/activation/errors.js';
import { listActivations, pauseActivation, resumeActivation } from '../../../src/engine/definitions/activations.js';
import {
  activationsToCatchUp,
  caughtUp,
  closeIncident,
  releaseStrays,
} from '../../../src/engine/incidents/close-incident.js';
import { closeRun } from '../../../src/engine/runs/close-run.js';
import type { Engine } from '../../../src/engine/database/database.js';
import { openIncidents, pausedByIncident, readIncident } from '../../../src/engine/incidents/incidents.js';
import { recordIncident, type OpenedIncident } from '../../../src/engine/incidents/open-incident.js';
import { recordProbe } from '../../../src/engine/incidents/probes.js';
import {
  applicant,
  applyAll,
  definitionsOf,
  freshEngine,
  opened,
  somebodyWaitsForALock,
  type TestEngine,
} from '../engine-fixture.js';

let database: TestEngine;
let engine: Engine;

const warehouse: Culprit = { kind: 'source', name: 'warehouse' };
const unreachable = errorReport('SourceUnreachable', 'Source warehouse cannot be reached.', 'Start it.');

/** Three activations on the warehouse, and one, `elsewhere`, on another source. */
function definitions({ without }: { without?: string } = {}) {
  const names = ['loyalty', 'newsletter', 'vip'].filter((name) => name !== without);
  const all = definitionsOf(...names, 'elsewhere');
  all.sources['lake'] = { ...all.sources['warehouse']!, name: 'lake' };
  all.segments['others'] = { ...all.segments['everybody']!, name: 'others', source: 'lake' };
  all.activations['elsewhere']!.segment = 'others';
  return all;
}

beforeEach(async () => {
  database = await freshEngine();
  engine = database.engine;
  await applyAll(engine, definitions());
});
afterEach(() => database.drop());

/** A run of the activation that has failed. */
async function failedRun(activation: string): Promise<number> {
  const run = await opened(engine, applicant(activation));
  await closeRun(engine, { ...run, outcome: 'failed', error: unreachable });
  return run.runId;
}

/** An incident that a run of the activation has opened. */
async function met(activation = 'loyalty', culprit = warehouse): Promise<OpenedIncident> {
  return (await recordIncident(engine, { runId: await failedRun(activation), culprit, error: unreachable }))!;
}

/** Of each activation that is paused: by whom and why. */
async function pauses(): Promise<Record<string, string>> {
  const paused = (await listActivations(engine.db)).filter((each) => each.paused);
  return Object.fromEntries(paused.map(({ name, paused }) => [name, `${paused!.by}: ${paused!.reason ?? ''}`]));
}

const automatic = 'outflow: source "warehouse" cannot be reached';

async function minutesToNextProbe(incidentId: number): Promise<number> {
  return Math.round((await readIncident(engine.db, incidentId))!.nextProbeInMs / 60_000);
}

test('what stands on the culprit is paused, except what a person has paused, and nothing else', async () => {
  await pauseActivation(engine, 'vip', { who: 'ann', by: 'cli' }, 'stock-taking');
  const incident = await met();
  expect(incident).toMatchObject({ reason: 'source "warehouse" cannot be reached', paused: ['loyalty', 'newsletter'] });
  expect(await pauses()).toEqual({ loyalty: automatic, newsletter: automatic, vip: 'ann: stock-taking' });
});

test('of a mapping that does not fit, only its own activation is paused', async () => {
  const runId = await failedRun('loyalty');
  const error = errorReport('SegmentInvalid', 'Segment everybody has no column "teir".', 'Did you mean "tier"?');
  await recordIncident(engine, { runId, culprit: { kind: 'activation', name: 'loyalty' }, error });
  expect(await pauses()).toEqual({ loyalty: 'outflow: activation "loyalty" does not fit its segment' });
});

test('what is at fault is told, since when, by which run it was met, and when it is probed next', async () => {
  const { incidentId } = await met();
  await recordProbe(engine, incidentId, unreachable);
  expect(await openIncidents(engine.db)).toEqual([
    {
      incidentId,
      kind: 'source',
      name: 'warehouse',
      error: unreachable,
      runId: 1,
      since: expect.any(Date) as Date,
      probes: 1,
      lastProbe: { at: expect.any(Date) as Date, error: unreachable },
      nextProbeAt: expect.any(Date) as Date,
      activations: ['loyalty', 'newsletter', 'vip'],
    },
  ]);
});

test('two runs that meet one culprit at once open one incident', async () => {
  const [one, other] = [await failedRun('loyalty'), await failedRun('newsletter')];
  const { first, second } = await engine.db.transaction(async (trx) => {
    const first = await recordIncident({ ...engine, db: trx }, { runId: one, culprit: warehouse, error: unreachable });
    const second = recordIncident(engine, { runId: other, culprit: warehouse, error: unreachable });
    await somebodyWaitsForALock(engine);
    return { first, second: { soon: second } };
  });
  expect(await second.soon).toEqual(first);
  expect(await openIncidents(engine.db)).toHaveLength(1);
});

test('an incident that has ended is not opened again by a repeat of the step that opened it', async () => {
  const runId = await failedRun('loyalty');
  const opening = { runId, culprit: warehouse, error: unreachable };
  const { incidentId } = (await recordIncident(engine, opening))!;
  expect(await recordIncident(engine, opening)).toMatchObject({ incidentId, paused: ['loyalty', 'newsletter', 'vip'] });
  await closeIncident(engine, incidentId, 'check');
  expect(await recordIncident(engine, opening)).toBeUndefined();
  expect(await pauses()).toEqual({});
});

test('where nothing is left to pause there is no incident', async () => {
  const runId = await failedRun('elsewhere');
  await pauseActivation(engine, 'elsewhere', { who: 'ann', by: 'cli' });
  const lake: Culprit = { kind: 'source', name: 'lake' };
  expect(await recordIncident(engine, { runId, culprit: lake, error: unreachable })).toBeUndefined();
  expect(await openIncidents(engine.db)).toEqual([]);
});

test('its end resumes exactly what it had paused, and repeated says the same', async () => {
  await pauseActivation(engine, 'vip', { who: 'ann', by: 'cli' });
  const { incidentId } = await met();
  expect(await closeIncident(engine, incidentId, 'probe')).toEqual(['loyalty', 'newsletter']);
  expect(await pauses()).toEqual({ vip: 'ann: ' });
  expect(await closeIncident(engine, incidentId, 'check')).toEqual(['loyalty', 'newsletter']);
  expect(await openIncidents(engine.db)).toEqual([]);
});

test('what is still to be started after its end is known until it is started', async () => {
  const { incidentId } = await met();
  await closeIncident(engine, incidentId, 'probe');
  const [first, ...others] = await activationsToCatchUp(engine.db, incidentId);
  expect(first?.name).toBe('loyalty');
  await caughtUp(engine.db, first!.activationId, incidentId);
  expect(await activationsToCatchUp(engine.db, incidentId)).toEqual(others);
  expect(await readIncident(engine.db, incidentId)).toMatchObject({ isClosed: true, hasToCatchUp: true });
  for (const { activationId } of others) await caughtUp(engine.db, activationId, incidentId);
  expect(await readIncident(engine.db, incidentId)).toMatchObject({ hasToCatchUp: false });
});

test('somebody who pauses or removes an activation before its run is started after the end gets no run', async () => {
  const { incidentId } = await met();
  await closeIncident(engine, incidentId, 'probe');
  await pauseActivation(engine, 'loyalty', { who: 'ann', by: 'cli' });
  await applyAll(engine, definitions({ without: 'newsletter' }));
  expect((await activationsToCatchUp(engine.db, incidentId)).map(({ name }) => name)).toEqual(['vip']);
});

test('somebody who pauses what is paused automatically keeps it paused', async () => {
  const { incidentId } = await met();
  expect(await pauseActivation(engine, 'loyalty', { who: 'ann', by: 'cli' }, 'lunch')).toMatchObject({
    left: { incidentId, isOver: false },
  });
  await closeIncident(engine, incidentId, 'probe');
  expect(await pauses()).toEqual({ loyalty: 'ann: lunch' });
  expect((await activationsToCatchUp(engine.db, incidentId)).map(({ name }) => name)).toEqual(['newsletter', 'vip']);
});

test('the last one that is resumed by hand ends the incident, and its next failure opens another', async () => {
  const { incidentId } = await met();
  expect(await resumeActivation(engine, 'loyalty')).toMatchObject({ incidentId, isOver: false });
  expect(await resumeActivation(engine, 'newsletter')).toMatchObject({ isOver: false });
  expect(await openIncidents(engine.db)).toMatchObject([{ incidentId, activations: ['vip'] }]);
  expect(await resumeActivation(engine, 'vip')).toMatchObject({ ...warehouse, isOver: true });
  expect(await openIncidents(engine.db)).toEqual([]);
  expect(await activationsToCatchUp(engine.db, incidentId)).toEqual([]);
  expect((await met('vip')).incidentId).not.toBe(incidentId);
});

test('one that was resumed by hand and fails again is paused by the same incident', async () => {
  const { incidentId } = await met();
  await resumeActivation(engine, 'loyalty');
  expect(await met('loyalty')).toMatchObject({ incidentId, paused: ['loyalty', 'newsletter', 'vip'] });
});

test('somebody who pauses at the moment of an automatic pause keeps the activation paused', async () => {
  const runId = await failedRun('loyalty');
  const { incidentId, pausing } = await engine.db.transaction(async (trx) => {
    const within = { ...engine, db: trx };
    const opened = await recordIncident(within, { runId, culprit: warehouse, error: unreachable });
    const pausing = pauseActivation(engine, 'newsletter', { who: 'ann', by: 'cli' }, 'lunch');
    await somebodyWaitsForALock(engine);
    return { ...opened!, pausing: { soon: pausing } };
  });
  expect(await pausing.soon).toMatchObject({ left: { incidentId, isOver: false } });
  await closeIncident(engine, incidentId, 'probe');
  expect(await pauses()).toEqual({ newsletter: 'ann: lunch' });
});

test('an automatic pause at the moment of a pause by a person leaves that one alone', async () => {
  const runId = await failedRun('loyalty');
  const { opening } = await engine.db.transaction(async (trx) => {
    await pauseActivation({ ...engine, db: trx }, 'newsletter', { who: 'ann', by: 'cli' }, 'lunch');
    const opening = recordIncident(engine, { runId, culprit: warehouse, error: unreachable });
    await somebodyWaitsForALock(engine);
    return { opening: { soon: opening } };
  });
  expect(await opening.soon).toMatchObject({ paused: ['loyalty', 'vip'] });
  expect(await pauses()).toEqual({ loyalty: automatic, newsletter: 'ann: lunch', vip: automatic });
});

test('somebody who resumes at the moment of an automatic pause has the activation resumed', async () => {
  const runId = await failedRun('loyalty');
  const { incidentId, resuming } = await engine.db.transaction(async (trx) => {
    const within = { ...engine, db: trx };
    const opened = await recordIncident(within, { runId, culprit: warehouse, error: unreachable });
    const resuming = resumeActivation(engine, 'newsletter');
    await somebodyWaitsForALock(engine);
    return { ...opened!, resuming: { soon: resuming } };
  });
  expect(await resuming.soon).toMatchObject({ incidentId, isOver: false });
  expect(await pauses()).toEqual({ loyalty: automatic, vip: automatic });
});

test('an activation that does not stand on the culprit any more is resumed, and the last one ends the incident', async () => {
  const { incidentId } = await met();
  expect(await releaseStrays(engine, incidentId, ['newsletter', 'vip'])).toEqual(['newsletter', 'vip']);
  expect(await pauses()).toEqual({ newsletter: automatic, vip: automatic });
  expect((await activationsToCatchUp(engine.db, incidentId)).map(({ name }) => name)).toEqual(['loyalty']);
  expect(await releaseStrays(engine, incidentId, [])).toEqual([]);
  expect(await pauses()).toEqual({});
  expect(await openIncidents(engine.db)).toEqual([]);
});

test('an activation that was removed while it was paused comes back without the pause', async () => {
  const { incidentId } = await met();
  await applyAll(engine, definitions({ without: 'vip' }));
  expect(await pausedByIncident(engine.db, incidentId)).toEqual(['loyalty', 'newsletter']);
  await closeIncident(engine, incidentId, 'probe');
  await applyAll(engine, definitions());
  expect(await pauses()).toEqual({});
  expect((await activationsToCatchUp(engine.db, incidentId)).map(({ name }) => name)).toEqual([
    'loyalty',
    'newsletter',
  ]);
});

test('what a failing run pauses just before the end of its incident is resumed with the others', async () => {
  const { incidentId } = await met();
  await resumeActivation(engine, 'loyalty');
  const runId = await failedRun('loyalty');
  const { closing } = await engine.db.transaction(async (trx) => {
    await recordIncident({ ...engine, db: trx }, { runId, culprit: warehouse, error: unreachable });
    const closing = closeIncident(engine, incidentId, 'probe');
    await somebodyWaitsForALock(engine);
    return { closing: { soon: closing } };
  });
  expect(await closing.soon).toEqual(['loyalty', 'newsletter', 'vip']);
  expect(await pauses()).toEqual({});
});

test('the culprit is probed after 1, 2, 4, 8, 16 and then every 30 minutes', async () => {
  const { incidentId } = await met();
  const waits = [await minutesToNextProbe(incidentId)];
  for (let i = 0; i < 7; i++) {
    await recordProbe(engine, incidentId, unreachable);
    waits.push(await minutesToNextProbe(incidentId));
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
});

test('a culprit that answers probes and fails runs is probed less and less often, one that was mended at once', async () => {
  const first = await met();
  await recordProbe(engine, first.incidentId, null);
  await closeIncident(engine, first.incidentId, 'probe');
  const second = await met();
  expect(await minutesToNextProbe(second.incidentId)).toBe(2);
  await recordProbe(engine, second.incidentId, unreachable);
  await recordProbe(engine, second.incidentId, null);
  await closeIncident(engine, second.incidentId, 'probe');
  const third = await met();
  expect(await minutesToNextProbe(third.incidentId)).toBe(8);
  await closeIncident(engine, third.incidentId, 'check');
  expect(await minutesToNextProbe((await met()).incidentId)).toBe(1);
});

test('a culprit that was well for an hour is probed as if for the first time', async () => {
  const { incidentId } = await met();
  await recordProbe(engine, incidentId, null);
  await closeIncident(engine, incidentId, 'probe');
  await engine.db('outflow.incident').update({ closed_at: engine.db.raw(`clock_timestamp() - interval '61 minutes'`) });
  expect(await minutesToNextProbe((await met()).incidentId)).toBe(1);
});
