import { afterEach, beforeEach, expect, test } from 'vitest';
import { findActivation, listActivations } from '../../../src/engine/definitions/activations.js';
import { applyDefinitions, readApplied } from '../../../src/engine/definitions/apply.js';
import { closeRun } from '../../../src/engine/runs/close-run.js';
import { type Engine, openEngine } from '../../../src/engine/database/database.js';
import { definitionsOfVersion, newestDefinitions } from '../../../src/engine/definitions/definitions.js';
import { planApply } from '../../../src/engine/definitions/plan-apply.js';
import { listRuns } from '../../../src/engine/runs/runs.js';
import {
  applicant,
  applyAll,
  definitionsOf,
  freshEngine,
  opened,
  publishDiff,
  type TestEngine,
} from '../engine-fixture.js';

let fresh: TestEngine;
let engine: Engine;

beforeEach(async () => {
  fresh = await freshEngine();
  engine = fresh.engine;
});
afterEach(() => fresh.drop());

const names = async () => (await listActivations(engine.db)).map(({ name }) => name);
const planFor = async (definitions: Parameters<typeof planApply>[1]) =>
  planApply(await readApplied(engine.db), definitions);

test('before the first apply nothing is known', async () => {
  expect(await newestDefinitions(engine.db)).toBeUndefined();
  await expect(findActivation(engine.db, 'loyalty')).rejects.toMatchObject({
    code: 'ActivationUnknown',
    remedy: 'None has been applied yet: write it in outflow.yaml, then `outflow apply`.',
  });
});

test('applied definitions come back as they were, by version', async () => {
  const first = definitionsOf('loyalty');
  const second = definitionsOf('loyalty', 'winback');
  const v1 = await applyAll(engine, first);
  const v2 = await applyAll(engine, second);
  expect(v2).toBeGreaterThan(v1);
  expect(await newestDefinitions(engine.db)).toEqual({ version: v2, definitions: second });
  expect(await definitionsOfVersion(engine, v1)).toEqual(first);
});

test('applying twice changes nothing', async () => {
  const version = await applyAll(engine, definitionsOf('loyalty'));
  const { activationId } = await findActivation(engine.db, 'loyalty');
  const plan = await planFor(definitionsOf('loyalty'));
  expect(plan).toMatchObject({ storesVersion: false, changes: [] });
  expect(await applyDefinitions(engine, definitionsOf('loyalty'), plan)).toBe(version);
  expect(await findActivation(engine.db, 'loyalty')).toEqual({ activationId, name: 'loyalty' });
});

test('going back to earlier definitions is a new version', async () => {
  const v1 = await applyAll(engine, definitionsOf('loyalty'));
  await applyAll(engine, definitionsOf('loyalty', 'winback'));
  expect(await applyAll(engine, definitionsOf('loyalty'))).toBeGreaterThan(v1);
  expect(await names()).toEqual(['loyalty']);
});

test('a renamed activation keeps its runs and its snapshot', async () => {
  await applyAll(engine, definitionsOf('loyalty'));
  const run = await opened(engine, applicant('loyalty'));
  await publishDiff(engine, run, { read: 12, new: 10, invalid: { null_identifier: 2 } });
  await closeRun(engine, { ...run, outcome: 'completed' });
  const next = definitionsOf('fidelity');
  next.activations['fidelity']!.previousName = 'loyalty';
  await applyAll(engine, next);
  expect(await findActivation(engine.db, 'fidelity')).toMatchObject({ activationId: run.activationId });
  expect(await listRuns(engine, { activation: 'fidelity', limit: 10 })).toHaveLength(1);
  expect(await names()).toEqual(['fidelity']);
  await applyAll(engine, next);
  expect((await readApplied(engine.db)).activations).toMatchObject([{ name: 'fidelity', contacts: 10 }]);
});

test('an activation with an open run is not removed, and nothing else is applied with it', async () => {
  await applyAll(engine, definitionsOf('loyalty'));
  const run = await opened(engine, applicant('loyalty'));
  await expect(applyAll(engine, definitionsOf('winback'))).rejects.toMatchObject({
    code: 'ConfigInvalid',
    message: `Activation "loyalty" cannot be removed: its run ${run.runId} is open.`,
    remedy: expect.stringContaining('outflow cancel loyalty') as string,
  });
  expect(await names()).toEqual(['loyalty']);
  await closeRun(engine, { ...run, outcome: 'completed' });
  await applyAll(engine, definitionsOf('winback'));
  expect(await names()).toEqual(['winback']);
});

test('a removed activation cannot run, keeps its history and is the same one when it comes back', async () => {
  await applyAll(engine, definitionsOf('loyalty', 'winback'));
  const run = await opened(engine, applicant('loyalty'));
  await closeRun(engine, { ...run, outcome: 'completed' });
  await applyAll(engine, definitionsOf('winback'));
  await expect(opened(engine, applicant('loyalty'))).rejects.toMatchObject({ code: 'ActivationUnknown' });
  expect(await listRuns(engine, { activation: 'loyalty', limit: 10 })).toHaveLength(1);

  const plan = await planFor(definitionsOf('loyalty', 'winback'));
  expect(plan.changes).toEqual([{ kind: 'revived', name: 'loyalty', what: [], cost: { kind: 'nothing' } }]);
  await applyDefinitions(engine, definitionsOf('loyalty', 'winback'), plan);
  expect((await opened(engine, applicant('loyalty'))).activationId).toBe(run.activationId);
});

test('a plan made before another apply is not carried out', async () => {
  const stale = await planFor(definitionsOf('loyalty'));
  await applyAll(engine, definitionsOf('winback'));
  await expect(applyDefinitions(engine, definitionsOf('loyalty'), stale)).rejects.toMatchObject({
    code: 'ConfigInvalid',
    message: 'Other definitions were applied since this plan was made.',
  });
  expect(await names()).toEqual(['winback']);
});

test('the same apply from several places at once is done once', async () => {
  const definitions = definitionsOf('loyalty', 'winback');
  const plan = await planFor(definitions);
  const engines = Array.from({ length: 4 }, (_, i) => openEngine(fresh.url, { applicationName: `apply ${i}` }));
  const versions = await Promise.all(engines.map((each) => applyDefinitions(each, definitions, plan)));
  await Promise.all(engines.map((each) => each.end()));
  expect(new Set(versions).size).toBe(1);
  expect(await names()).toEqual(['loyalty', 'winback']);
});
