import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { pause, progress, resume } from '../../src/workflows/messages.js';
import { counts } from './support/counts.js';
import type { StartedRun } from './support/scenario.js';
import { startScenario } from './support/start-scenario.js';
import { eventsOf } from './support/workflow-histories.js';

const scenario = await startScenario();
const { source, destination, client } = scenario;

/** Contacts of each activation, ten a chunk. */
const contacts = { many: 200, few: 40, paced: 40 };
const chunks = contacts.many / 10;
const everybodySent = counts({ read: contacts.many, changed: contacts.many, accepted: contacts.many });
let value = 0;

beforeAll(async () => {
  for (const [name, count] of Object.entries(contacts)) {
    await source.query(`create table ${name} (email text, value text)`);
    await source.query(`insert into ${name}
      select to_char(i, 'FM0000') || '@planted.example', 'planted 0' from generate_series(1, ${count}) i`);
  }
  const oneByOne = { apiKeys: { ios: '${IOS_KEY}' }, concurrency: 1, requestTimeout: 5_000 };
  await scenario.define({
    many: { attributes: ['value'], destination: oneByOne },
    few: { attributes: ['value'], destination: oneByOne },
    paced: { attributes: ['value'], destination: { ...oneByOne, callsPerSecond: 1 } },
  });
  await scenario.startWorker();
  expect((await scenario.run('many')).outcome).toBe('completed');
});

/** Everybody has changed. */
beforeEach(async () => {
  destination.fail();
  await destination.release();
  await source.query('update many set value = $1', [`planted ${++value}`]);
});

/** How many chunks each step of the run has acknowledged. */
async function chunksByStep({ workflowId, firstExecutionRunId }: StartedRun): Promise<number[]> {
  const events = (await eventsOf(client, workflowId, firstExecutionRunId)).flat();
  return events.flatMap(({ activityTaskCompletedEventAttributes: completed }) => {
    const data = completed?.result?.payloads?.[0]?.data ?? new Uint8Array();
    const result = JSON.parse(Buffer.from(data).toString() || 'null') as { done?: number } | null;
    return result?.done ?? [];
  });
}

async function acknowledgedChunks({ workflowId }: WorkflowHandle): Promise<number> {
  const [row] =
    await scenario.stored(`select count(*) as chunks from outflow.change_chunk join outflow.run using (run_id)
    where workflow_id = '${workflowId}' and acked_at is not null`);
  return Number(row!['chunks']);
}

/** Lets calls through one by one until a step has acknowledged chunks and has another one on the wire. */
async function untilAmidAStep(run: WorkflowHandle): Promise<void> {
  for (;;) {
    await expect.poll(() => destination.heldCalls(), { interval: 20 }).toBe(1);
    const { chunksDone } = await run.query(progress);
    if ((await acknowledgedChunks(run)) > chunksDone) return;
    await destination.release();
  }
}

/** How often each chunk has arrived since `before` calls, in no order. */
async function arrivalsSince(before: number): Promise<number[]> {
  const times = new Map<string, number>();
  for (const { bodySha256: body } of (await destination.requests()).slice(before))
    times.set(body!, (times.get(body!) ?? 0) + 1);
  return [...times.values()];
}

test('while the destination is fast a step sends several chunks', async () => {
  const run = await scenario.start({ activation: 'many' });
  expect(await scenario.resultOf(run)).toMatchObject({
    outcome: 'completed',
    counts: everybodySent,
    requests: chunks,
  });
  const byStep = await chunksByStep(run);
  expect(byStep.reduce((sum, done) => sum + done)).toBe(chunks);
  expect(Math.max(...byStep)).toBeGreaterThan(2);
});

test('to a destination that answers slowly a step sends one chunk', async () => {
  destination.fail({ latencyMs: 1_100 });
  const run = await scenario.start({ activation: 'few' });
  expect(await scenario.resultOf(run)).toMatchObject({ outcome: 'completed', counts: { accepted: contacts.few } });
  expect(await chunksByStep(run)).toEqual([1, 1, 1, 1]);
});

test('at a pace of one call a second a step sends one chunk, or the two that begin within its second', async () => {
  const run = await scenario.start({ activation: 'paced' });
  expect(await scenario.resultOf(run)).toMatchObject({ outcome: 'completed', counts: { accepted: contacts.paced } });
  expect(Math.max(...(await chunksByStep(run)))).toBeLessThanOrEqual(2);
});

test('a pause amid a step lets the call on the wire end, and no chunk is sent twice', async () => {
  const before = (await destination.requests()).length;
  destination.fail({ hold: true });
  const run = await scenario.start({ activation: 'many' });
  await untilAmidAStep(run);
  await run.signal(pause);
  const acknowledged = (await acknowledgedChunks(run)) + 1;
  await sleep(1_000); // the time of the step is over
  destination.fail();
  await destination.release();
  await expect.poll(() => run.query(progress)).toMatchObject({ state: 'paused', chunksDone: acknowledged });
  expect((await destination.requests()).length - before).toBe(acknowledged);
  await run.signal(resume);
  expect(await scenario.resultOf(run)).toMatchObject({ counts: everybodySent, requests: chunks });
  expect(await arrivalsSince(before)).toEqual(Array.from({ length: chunks }, () => 1));
});

test('a worker that is killed amid a step leaves its chunks to another one, which sends only those that were not acknowledged', async () => {
  const before = (await destination.requests()).length;
  destination.fail({ hold: true });
  const run = await scenario.start({ activation: 'many' });
  await untilAmidAStep(run);
  await scenario.workers.at(-1)!.kill();
  destination.fail();
  await destination.release();
  await scenario.startWorker();
  expect(await scenario.resultOf(run)).toMatchObject({
    outcome: 'completed',
    counts: everybodySent,
    requests: chunks + 1,
  });
  expect(await run.query(progress)).toMatchObject({ chunksDone: chunks, counts: { accepted: contacts.many } });
  expect((await arrivalsSince(before)).sort()).toEqual([...Array.from({ length: chunks - 1 }, () => 1), 2]);
});

test('a run that fails amid a step has counted, and shows, all that was accepted', async () => {
  const before = (await destination.requests()).length;
  destination.fail({ hold: true });
  const run = await scenario.start({ activation: 'many' });
  await untilAmidAStep(run);
  destination.fail({ status: { code: 401 } });
  await destination.release();
  const result = await scenario.resultOf(run);
  const accepted = (await destination.requests()).slice(before).filter(({ status }) => status === 202).length * 10;
  expect(result).toMatchObject({
    outcome: 'failed',
    error: { code: 'DestinationUnauthorized' },
    counts: { accepted, rejected: 0, unsent: contacts.many - accepted },
  });
  expect(accepted).toBeGreaterThan(10);
  expect(await run.query(progress)).toMatchObject({ counts: { accepted, unsent: contacts.many - accepted } });
});

test('neither histories nor logs hold contact data or a secret', async () => {
  expect(await scenario.placesThatHold('planted')).toEqual([]);
  expect(await scenario.placesThatHold('many')).not.toEqual([]);
});
