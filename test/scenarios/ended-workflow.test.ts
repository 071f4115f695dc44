import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { temporalAddress } from '../support/stack.js';
import { counts } from './support/counts.js';
import { closeGate, makeGate } from './support/gate.js';
import { startScenario } from './support/start-scenario.js';
import { startTcpProxy } from './support/tcp-proxy.js';

const scenario = await startScenario();
const { source, destination, client } = scenario;

const inStep = 'select email, value as "u.value" from loyalty';
const everybody = 30;

beforeAll(async () => {
  await makeGate(source);
  await source.query('create table loyalty (email text, value text)');
  await scenario.define({ loyalty: { attributes: ['value'], sql: 'select * from loyalty where pass(email)' } });
  await scenario.startWorker();
});

/** Every contact has A at the destination, and B in the segment. */
beforeEach(async () => {
  destination.fail();
  await destination.release();
  await source.query(`truncate loyalty; insert into loyalty
    select to_char(i, 'FM0000') || '@planted.example', 'planted A' from generate_series(1, ${everybody}) i`);
  expect((await scenario.run('loyalty')).outcome).toBe('completed');
  expect(await scenario.notInStep(inStep)).toEqual([]);
  await source.query(`update loyalty set value = 'planted B'`);
});

/** A run of which Batch has applied two chunks, and answered none. */
async function runWithUnansweredChunks(): Promise<WorkflowHandle> {
  destination.fail({ hold: { next: 2 } }, 'ios');
  const run = await scenario.start({ activation: 'loyalty' });
  await expect.poll(() => destination.heldCalls()).toBe(2);
  return run;
}

/** The source goes back to what the snapshot has; the next run brings the destination there. */
async function expectNextRunToBringBackA(): Promise<void> {
  await source.query(`update loyalty set value = 'planted A'`);
  const next = await scenario.run('loyalty');
  expect(next).toMatchObject({ outcome: 'completed', counts: { read: everybody, rejected: 0, unsent: 0 } });
  expect(await scenario.notInStep(inStep)).toEqual([]);
  expect(await scenario.run('loyalty')).toMatchObject({
    counts: counts({ read: everybody, unchanged: everybody }),
    requests: 0,
  });
}

/** Resets the workflow to after its `nth` workflow task; gives the new execution. */
async function reset(run: WorkflowHandle, nth: number): Promise<WorkflowHandle> {
  const { events } = await run.fetchHistory();
  const completed = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
  const { runId } = await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId: run.workflowId },
    reason: 'test',
    workflowTaskFinishEventId: completed[nth - 1]!.eventId!,
    requestId: randomUUID(),
  });
  return client.workflow.getHandle(run.workflowId, runId);
}

test('a run that is terminated while it sends is closed by the next one, which sends again what is in doubt', async () => {
  const run = await runWithUnansweredChunks();
  await run.terminate();
  await expectNextRunToBringBackA();
  const [ended] = await scenario.stored(`select * from outflow.run where workflow_id = '${run.workflowId}'`);
  expect(ended).toMatchObject({ outcome: 'failed', error: { code: 'RunSuperseded' }, accepted: 0, unsent: everybody });
});

test('a run that is cancelled while it sends ends within one request, and the next one sends again what is in doubt', async () => {
  const run = await runWithUnansweredChunks();
  await run.cancel();
  const result = await scenario.resultOf(run);
  expect(result).toMatchObject({ outcome: 'cancelled', counts: { changed: everybody, unsent: everybody } });
  expect((await run.describe()).status.name).toBe('CANCELLED');
  await expectNextRunToBringBackA();
});

test('a run that is terminated while it compares has sent nothing, and the next one loses nothing', async () => {
  const gate = await closeGate(source, '0015@planted.example');
  const run = await scenario.start({ activation: 'loyalty' });
  await gate.reached();
  await run.terminate();
  await gate.open();
  expect(await scenario.run('loyalty')).toMatchObject({
    counts: counts({ read: everybody, changed: everybody, accepted: everybody }),
  });
  expect(await scenario.notInStep(inStep)).toEqual([]);
  await expectNextRunToBringBackA();
});

test('a run that is cancelled while it compares ends at once and has sent nothing', async () => {
  const gate = await closeGate(source, '0015@planted.example');
  const run = await scenario.start({ activation: 'loyalty' });
  await gate.reached();
  await run.cancel();
  expect(await scenario.resultOf(run)).toMatchObject({ outcome: 'cancelled', counts: counts({}), requests: 0 });
  await gate.open();
  await expectNextRunToBringBackA();
});

test('a run that waits for a table of the source that somebody has locked can be cancelled', async () => {
  await source.query('begin; lock table loyalty in access exclusive mode');
  const run = await scenario.start({ activation: 'loyalty' });
  const waiting = 'select from pg_locks where relation = to_regclass($1) and not granted';
  await expect.poll(async () => (await source.query(waiting, ['loyalty'])).rowCount).toBe(1);
  await run.cancel();
  expect(await scenario.resultOf(run)).toMatchObject({ outcome: 'cancelled', requests: 0 });
  await source.query('commit');
  await expectNextRunToBringBackA();
});

test('a run that is reset to before it was opened becomes another run, which loses nothing', async () => {
  const run = await runWithUnansweredChunks();
  const again = await reset(run, 1);
  await source.query(`update loyalty set value = 'planted A'`);
  const result = await scenario.resultOf(again);
  expect(result).toMatchObject({ outcome: 'completed', counts: { read: everybody, unsent: 0 } });
  expect(await scenario.notInStep(inStep)).toEqual([]);
  const runs = await scenario.stored(
    `select outcome from outflow.run where workflow_id = '${run.workflowId}' order by run_id`,
  );
  expect(runs).toEqual([{ outcome: 'failed' }, { outcome: 'completed' }]);
  await expectNextRunToBringBackA();
});

test('a run that is reset to after it was opened goes on, and loses nothing', async () => {
  const run = await runWithUnansweredChunks();
  const again = await reset(run, 2);
  await source.query(`update loyalty set value = 'planted A'`);
  expect(await scenario.resultOf(again)).toMatchObject({
    outcome: 'completed',
    counts: { changed: everybody, accepted: everybody },
  });
  await expectNextRunToBringBackA();
});

test('a closed run that is reset to after it was opened says that it is over, and changes nothing', async () => {
  const run = await scenario.start({ activation: 'loyalty' });
  const result = await scenario.resultOf(run);
  const again = await reset(run, 2);
  const before = (await destination.requests()).length;
  await expect(again.result()).rejects.toMatchObject({ cause: { type: 'RunSuperseded' } });
  expect(await scenario.resultOf(run)).toEqual(result);
  expect(await destination.requests()).toHaveLength(before);
  await expectNextRunToBringBackA();
});

test('what a stopped process had sent for a run that is over meanwhile is sent again', async () => {
  const wayToTemporal = await startTcpProxy(await temporalAddress());
  await scenario.workers[0]!.stop();
  const stopped = await scenario.startWorker({ TEMPORAL_ADDRESS: wayToTemporal.address });
  destination.fail({ hold: { next: 1, application: true } }, 'ios');
  await source.query(`update loyalty set value = 'planted A' where email > '0010'`); // leaves one chunk
  const run = await scenario.start({ activation: 'loyalty' });
  await expect.poll(() => destination.heldCalls()).toBe(1);
  wayToTemporal.cut(); // a stopped process that still stands in line for work would get some
  process.kill(stopped.pid, 'SIGSTOP');
  await run.terminate();
  await scenario.startWorker();
  await expectNextRunToBringBackA();
  await destination.release();
  await expect.poll(() => scenario.notInStep(inStep)).not.toEqual([]); // B arrives
  wayToTemporal.mend();
  process.kill(stopped.pid, 'SIGCONT');
  await expect.poll(() => scenario.stored('select run_id from outflow.late_send')).not.toEqual([]);
  await expectNextRunToBringBackA();
  await stopped.kill();
  await wayToTemporal.close();
});

test('neither histories nor logs hold contact data or a secret', async () => {
  expect(await scenario.placesThatHold('planted')).toEqual([]);
  expect(await scenario.placesThatHold('loyalty')).not.toEqual([]);
});
