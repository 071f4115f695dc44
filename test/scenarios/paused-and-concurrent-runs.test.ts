import type { WorkflowHandle } from '@temporalio/client';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { pauseActivation, resumeActivation } from '../../src/engine/definitions/activations.js';
import { pause, progress, resume } from '../../src/workflows/messages.js';
import { counts } from './support/counts.js';
import { closeGate, makeGate } from './support/gate.js';
import { planted } from './support/planted.js';
import { startScenario } from './support/start-scenario.js';

const scenario = await startScenario();
const { source, destination, engine } = scenario;

const inStep = 'select email, value as "u.value" from loyalty';
const everybody = 30;
const everybodyChanged = counts({ read: everybody, changed: everybody, accepted: everybody });
let value = 0;

beforeAll(async () => {
  await makeGate(source);
  await source.query('create table loyalty (email text, value text)');
  await source.query(`insert into loyalty
    select to_char(i, 'FM0000') || '@planted.example', 'planted 0' from generate_series(1, ${everybody}) i`);
  await scenario.define({ loyalty: { attributes: ['value'], sql: 'select * from loyalty where pass(email)' } });
  await scenario.startWorker();
  expect((await scenario.run('loyalty')).outcome).toBe('completed');
});

/** Everybody has changed. */
beforeEach(async () => {
  destination.fail();
  await destination.release();
  await source.query('update loyalty set value = $1', [`planted ${++value}`]);
});

/** The state of the run as `outflow status` shows it, with its reason. */
async function stateOf({ workflowId }: WorkflowHandle): Promise<unknown> {
  const [run] = await scenario.stored(
    `select state, state_reason from outflow.run where workflow_id = '${workflowId}'`,
  );
  return run && [run['state'], run['state_reason']];
}

async function requestsDuring(during: () => Promise<unknown>): Promise<{ ios: number; android: number }> {
  const before = (await destination.requests()).length;
  await during();
  const requests = (await destination.requests()).slice(before);
  const to = (key: string) => requests.filter(({ apiKey }) => apiKey === key).length;
  return { ios: to(planted.iosKey), android: to(planted.androidKey) };
}

test('a run that is paused while it compares ends that, and sends nothing until it is resumed', async () => {
  const gate = await closeGate(source, '0015@planted.example');
  const run = await scenario.start({ activation: 'loyalty' });
  await gate.reached();
  await run.signal(pause, { reason: 'lunch' });
  await expect.poll(() => stateOf(run)).toEqual(['pausing', 'lunch']);
  const requests = await requestsDuring(async () => {
    await gate.open();
    await expect.poll(() => stateOf(run)).toEqual(['paused', 'lunch']);
  });
  expect(requests).toEqual({ ios: 0, android: 0 });
  expect(await run.query(progress)).toMatchObject({
    state: 'paused',
    chunks: 3,
    chunksDone: 0,
    counts: { unsent: everybody },
  });
  await run.signal(resume);
  expect(await scenario.resultOf(run)).toMatchObject({ outcome: 'completed', counts: everybodyChanged });
  expect(await scenario.notInStep(inStep)).toEqual([]);
});

test('a run that is paused while it sends ends its requests; resumed, it sends to no app what that has answered', async () => {
  destination.fail({ hold: { next: 2 } }, 'ios');
  let run: WorkflowHandle | undefined;
  const requests = await requestsDuring(async () => {
    run = await scenario.start({ activation: 'loyalty' });
    await expect.poll(() => destination.heldCalls()).toBe(2);
    await run.signal(pause);
    await expect.poll(() => stateOf(run!)).toEqual(['pausing', null]);
    const whilePausing = await requestsDuring(async () => {
      await destination.release();
      await expect.poll(() => stateOf(run!)).toEqual(['paused', null]);
    });
    expect(whilePausing.ios).toBe(0);
    await run.signal(resume);
    expect(await scenario.resultOf(run)).toMatchObject({ outcome: 'completed', counts: everybodyChanged, requests: 6 });
  });
  expect(requests).toEqual({ ios: 3, android: 3 });
  expect(await scenario.notInStep(inStep)).toEqual([]);
});

test('a run can be paused while Batch does not answer, and goes on when it does', async () => {
  destination.fail({ status: { code: 503 } });
  const run = await scenario.start({ activation: 'loyalty' });
  const before = (await destination.requests()).length;
  await expect.poll(async () => (await destination.requests()).length).toBeGreaterThan(before);
  await run.signal(pause);
  await expect.poll(() => stateOf(run)).toEqual(['paused', null]);
  destination.fail();
  await run.signal(resume);
  expect(await scenario.resultOf(run)).toMatchObject({ outcome: 'completed', counts: everybodyChanged });
  expect(await scenario.notInStep(inStep)).toEqual([]);
});

test('a paused run can be cancelled, and the next one sends what it had not', async () => {
  destination.fail({ hold: { next: 2 } }, 'ios');
  const run = await scenario.start({ activation: 'loyalty' });
  await expect.poll(() => destination.heldCalls()).toBe(2);
  await run.signal(pause);
  await destination.release();
  await expect.poll(() => stateOf(run)).toEqual(['paused', null]);
  await run.cancel();
  expect(await scenario.resultOf(run)).toMatchObject({ outcome: 'cancelled', state: 'closed' });
  expect(await scenario.run('loyalty')).toMatchObject({ outcome: 'completed', counts: { read: everybody, unsent: 0 } });
  expect(await scenario.notInStep(inStep)).toEqual([]);
});

test('a paused run stays paused when its worker is killed, and another one resumes it', async () => {
  const gate = await closeGate(source, '0015@planted.example');
  const run = await scenario.start({ activation: 'loyalty' });
  await gate.reached();
  await run.signal(pause, { reason: 'inventory' });
  await gate.open();
  await expect.poll(() => stateOf(run)).toEqual(['paused', 'inventory']);
  await scenario.workers.at(-1)!.kill();
  await scenario.startWorker();
  expect(await run.query(progress)).toMatchObject({ state: 'paused', paused: { reason: 'inventory' } });
  await run.signal(resume);
  expect(await scenario.resultOf(run)).toMatchObject({ outcome: 'completed', counts: everybodyChanged });
});

test('while an activation is paused, starts of it are skipped and say so; nothing is sent', async () => {
  await pauseActivation(engine, 'loyalty', { who: 'ada', by: 'cli' }, 'inventory');
  const requests = await requestsDuring(async () => {
    const result = await scenario.run('loyalty', 'full');
    expect(result).toMatchObject({
      outcome: 'skipped',
      state: 'closed',
      mode: 'full',
      counts: counts({}),
      requests: 0,
    });
    expect(result.error).toMatchObject({
      code: 'ActivationPaused',
      remedy: 'Resume it with `outflow resume loyalty`.',
    });
    expect(result.error?.message).toMatch(/^Activation "loyalty" is paused since 20.*Z by ada \(inventory\)\.$/);
  });
  expect(requests).toEqual({ ios: 0, android: 0 });
  await resumeActivation(engine, 'loyalty');
  expect(await scenario.run('loyalty')).toMatchObject({ outcome: 'completed', counts: everybodyChanged });
});

test('of starts at the same moment one becomes the run, and the others are skipped', async () => {
  const gate = await closeGate(source, '0015@planted.example');
  const starts = await Promise.all([1, 2, 3].map(() => scenario.start({ activation: 'loyalty' })));
  await gate.reached();
  const skipped =
    "select count(*) as runs from outflow.run where outcome = 'skipped' and error ->> 'code' = 'RunAlreadyOpen'";
  await expect.poll(() => scenario.stored(skipped)).toEqual([{ runs: 2 }]);
  await gate.open();
  const results = await Promise.all(starts.map((run) => scenario.resultOf(run)));
  const [first, ...others] = results.toSorted((a, b) => a.outcome!.localeCompare(b.outcome!));
  expect(first).toMatchObject({ outcome: 'completed', counts: everybodyChanged });
  for (const other of others) {
    expect(other).toMatchObject({ outcome: 'skipped', counts: counts({}), error: { code: 'RunAlreadyOpen' } });
    expect(other.error?.message).toMatch(
      new RegExp(`^Run ${first!.runId} of activation "loyalty" is open since 20.*Z\\.$`),
    );
    expect(other.error?.remedy).toContain('`outflow status loyalty`');
  }
});

test('the claim of a run in another cluster of Temporal is left alone; that of a dead one here is taken over', async () => {
  const gate = await closeGate(source, '0015@planted.example');
  const run = await scenario.start({ activation: 'loyalty' });
  await gate.reached();
  const [{ cluster } = {}] = await scenario.stored('select cluster from outflow.claim');
  await engine.db('outflow.claim').update({ cluster: 'another' });
  await run.terminate();
  await gate.open();
  expect(await scenario.run('loyalty')).toMatchObject({ outcome: 'skipped', error: { code: 'RunAlreadyOpen' } });
  await engine.db('outflow.claim').update({ cluster: cluster as string });
  expect(await scenario.run('loyalty')).toMatchObject({ outcome: 'completed', counts: everybodyChanged });
  expect(await scenario.notInStep(inStep)).toEqual([]);
});

test('neither histories nor logs hold contact data or a secret', async () => {
  expect(await scenario.placesThatHold('planted')).toEqual([]);
  expect(await scenario.placesThatHold('loyalty')).not.toEqual([]);
});
