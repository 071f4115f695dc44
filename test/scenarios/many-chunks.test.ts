import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOwnServer } from '../temporal/own-server.js';
import { counts } from './support/counts.js';
import { startScenario } from './support/start-scenario.js';
import { eventsOf } from './support/workflow-histories.js';

const server = await startOwnServer(afterAll, { dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 30 } });
const scenario = await startScenario(Promise.resolve(server.address));
const { source, client } = scenario;

const everybody = 600;
const inStep = 'select email, value as "u.value" from loyalty';

beforeAll(async () => {
  await source.query('create table loyalty (email text, value text)');
  await source.query(`insert into loyalty
    select to_char(i, 'FM0000') || '@planted.example', 'planted 1' from generate_series(1, ${everybody}) i`);
  await scenario.define({ loyalty: { attributes: ['value'], destination: { concurrency: 4 } } });
  await Promise.all([scenario.startWorker(), scenario.startWorker()]);
});

test('a run of many chunks goes on in new histories, and two workers share its chunks', async () => {
  const run = await scenario.start({ activation: 'loyalty' });
  expect(await scenario.resultOf(run)).toMatchObject({
    outcome: 'completed',
    counts: counts({ read: everybody, new: everybody, accepted: everybody }),
    attributesSent: everybody,
    requests: 120,
  });
  expect(await scenario.notInStep(inStep)).toEqual([]);
  const histories = await eventsOf(client, run.workflowId, run.firstExecutionRunId);
  expect(histories.length).toBeGreaterThan(2);
  const senders = new Set(
    histories.flat().flatMap(({ activityTaskStartedEventAttributes: started }) => (started ? [started.identity] : [])),
  );
  expect(senders.size).toBe(2);
});

test('one of two workers is killed in a later history, and the other finishes the run', async () => {
  await source.query(`update loyalty set value = 'planted 2'`);
  const run = await scenario.start({ activation: 'loyalty' });
  const latest = client.workflow.getHandle(run.workflowId);
  await expect.poll(async () => (await latest.describe()).runId).not.toBe(run.firstExecutionRunId);
  await scenario.workers[0]!.kill();
  expect(await scenario.resultOf(run)).toMatchObject({
    outcome: 'completed',
    counts: counts({ read: everybody, changed: everybody, accepted: everybody }),
  });
  expect(await scenario.notInStep(inStep)).toEqual([]);
  expect(await scenario.run('loyalty')).toMatchObject({ counts: { unchanged: everybody }, requests: 0 });
});

test('neither histories nor logs hold contact data or a secret', async () => {
  expect(await scenario.placesThatHold('planted')).toEqual([]);
  expect(await scenario.placesThatHold('loyalty')).not.toEqual([]);
});
