import { randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import { afterAll, expect, test } from 'vitest';
import type { EnginePosition } from '../../src/activation/engine-position.js';
import { engineWorkflowId, ownTaskQueue, readEngineRecord, recordPosition } from '../../src/temporal/engine-record.js';
import { temporalConnection } from '../support/stack.js';

const connection = await temporalConnection();
afterAll(() => connection.close());
const client = new Client({ connection });

function position(differences: Partial<EnginePosition> = {}): EnginePosition {
  return { engine: 'engine-1', epoch: 1_000, sendings: 0, runId: 0, ...differences };
}

const readPosition = async (queue: string) => (await readEngineRecord(client, queue))?.position;

test('nothing is known of a task queue that no engine has owned', async () => {
  expect(await readEngineRecord(client, `queue-${randomUUID()}`)).toBeUndefined();
});

test('a task queue belongs to the engine that came first; another one is told whose it is and what to set', async () => {
  const queue = `queue-${randomUUID()}`;
  await ownTaskQueue(client, queue, position());
  await ownTaskQueue(client, queue, position());
  await expect(ownTaskQueue(client, queue, position({ engine: 'engine-2' }))).rejects.toMatchObject({
    code: 'EngineMismatch',
    message: expect.stringMatching(/engine-1.*engine-2/) as string,
    remedy: expect.stringContaining('OUTFLOW_TASK_QUEUE') as string,
  });
});

test('of engines that come at once one gets the task queue', async () => {
  const queue = `queue-${randomUUID()}`;
  const names = ['engine-1', 'engine-2', 'engine-3'];
  const got = await Promise.allSettled(names.map((engine) => ownTaskQueue(client, queue, position({ engine }))));
  expect(got.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('a position is known as soon as it is recorded, whether a worker runs or not, and never goes back', async () => {
  const queue = `queue-${randomUUID()}`;
  await ownTaskQueue(client, queue, position());
  await recordPosition(client, queue, position({ sendings: 5, runId: 9 }));
  await recordPosition(client, queue, position({ sendings: 4, runId: 8 }));
  expect(await readPosition(queue)).toEqual(position({ sendings: 5, runId: 9 }));
  const later = position({ epoch: 2_000, sendings: 1, runId: 10 });
  await recordPosition(client, queue, later);
  expect(await readPosition(queue)).toEqual(later);
});

test('who ends the workflow of an engine gives the task queue free; its own engine goes on where it was', async () => {
  const queue = `queue-${randomUUID()}`;
  await ownTaskQueue(client, queue, position());
  await recordPosition(client, queue, position({ sendings: 5 }));
  await client.workflow.getHandle(engineWorkflowId(queue)).terminate();
  await ownTaskQueue(client, queue, position({ sendings: 2 }));
  expect(await readPosition(queue)).toEqual(position({ sendings: 5 }));
  await client.workflow.getHandle(engineWorkflowId(queue)).terminate();
  await ownTaskQueue(client, queue, position({ engine: 'engine-2' }));
  expect(await readPosition(queue)).toMatchObject({ engine: 'engine-2' });
});

test('a position is found whatever came with it and however long the history is', async () => {
  const queue = `queue-${randomUUID()}`;
  await ownTaskQueue(client, queue, position());
  for (let sendings = 1; sendings <= 250; sendings += 25) {
    const next = Array.from({ length: 25 }, (_, i) => position({ sendings: sendings + i }));
    await Promise.all(next.map((each) => recordPosition(client, queue, each)));
  }
  expect(await readPosition(queue)).toEqual(position({ sendings: 250 }));
});
