import { randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { afterAll, expect, test } from 'vitest';
import { clusterIdOf } from '../../src/temporal/cluster.js';
import { isHolderAlive, type RecordedHolder } from '../../src/temporal/holder.js';
import { temporalConnection } from '../support/stack.js';
import { Gate, found, scriptedSteps } from '../workflows/scripted-steps.js';
import { startWorkflowWorker } from '../workflows/workflow-worker.js';

const { ResetWorkflowExecutionRequest } = proto.temporal.api.workflowservice.v1;
const connection = await temporalConnection();
const client = new Client({ connection });
const cluster = await clusterIdOf(connection);
afterAll(() => connection.close());

/** A workflow that no worker serves: it stays open until it is terminated. */
async function startHolder(workflowId: string = randomUUID()) {
  const handle = await client.workflow.start('activation', { workflowId, taskQueue: `nobody-${randomUUID()}` });
  const holder = { workflowId, firstRunId: handle.firstExecutionRunId, namespace: 'default', cluster };
  return { handle, holder };
}

test('a holder lives while its workflow is open', async () => {
  const { handle, holder } = await startHolder();
  expect(await isHolderAlive(client, holder)).toBe(true);
  await handle.terminate();
  expect(await isHolderAlive(client, holder)).toBe(false);
});

test('another workflow under the same id is not the holder', async () => {
  const first = await startHolder();
  await first.handle.terminate();
  const second = await startHolder(first.holder.workflowId);
  expect(await isHolderAlive(client, first.holder)).toBe(false);
  expect(await isHolderAlive(client, second.holder)).toBe(true);
  await second.handle.terminate();
});

test('a workflow that the recorded namespace of the recorded cluster does not know is gone', async () => {
  const gone: RecordedHolder = { workflowId: randomUUID(), firstRunId: randomUUID(), namespace: 'default', cluster };
  expect(await isHolderAlive(client, gone)).toBe(false);
});

test.each([
  ['another namespace', { namespace: 'elsewhere' }],
  ['another cluster', { cluster: randomUUID() }],
])('a holder recorded in %s counts as alive: nothing can be known of it here', async (_, recorded) => {
  const gone = { workflowId: randomUUID(), firstRunId: randomUUID(), namespace: 'default', cluster, ...recorded };
  expect(await isHolderAlive(client, gone)).toBe(true);
});

test('a holder counts as alive in a namespace that is not there, and while Temporal does not answer', async () => {
  const gone = { workflowId: randomUUID(), firstRunId: randomUUID(), namespace: 'nowhere', cluster };
  expect(await isHolderAlive(new Client({ connection, namespace: 'nowhere' }), gone)).toBe(true);
  const closed = await temporalConnection();
  await closed.close();
  expect(await isHolderAlive(new Client({ connection: closed }), { ...gone, namespace: 'default' })).toBe(true);
});

test('a workflow that was reset to its beginning is the same holder, and opens its run again', async () => {
  const worker = await startWorkflowWorker();
  const diff = new Gate();
  const { steps, inputs } = scriptedSteps({
    diffSegment: async () => {
      await diff.opened;
      return { ...found, chunks: 0 };
    },
  });
  const handle = await worker.start(steps, { activation: 'loyalty' });
  await expect.poll(() => inputs('diffSegment')).toHaveLength(1);
  const holder = {
    workflowId: handle.workflowId,
    firstRunId: handle.firstExecutionRunId,
    namespace: 'default',
    cluster,
  };
  const { runId } = await connection.workflowService.resetWorkflowExecution(
    ResetWorkflowExecutionRequest.fromObject({
      namespace: 'default',
      workflowExecution: { workflowId: handle.workflowId, runId: handle.firstExecutionRunId },
      reason: 'test',
      requestId: randomUUID(),
      workflowTaskFinishEventId: 4,
    }),
  );
  expect(runId).not.toBe(handle.firstExecutionRunId);
  expect(await isHolderAlive(client, holder)).toBe(true);
  await expect.poll(() => inputs('openRun')).toHaveLength(2);
  expect(inputs('openRun')[1]).toMatchObject({ firstRunId: handle.firstExecutionRunId });
  diff.open();
  await client.workflow.getHandle(handle.workflowId).result();
  expect(await isHolderAlive(client, holder)).toBe(false);
});
