import { afterAll, expect, test } from 'vitest';
import { approve, pause, progress, resume } from '../../src/workflows/messages.js';
import { startOwnServer } from '../temporal/own-server.js';
import { recordHistory } from './record-history.js';
import { firstSent, found, resultOf, run, scriptedSteps, stopped, silentFor } from './scripted-steps.js';
import { startWorkflowWorker } from './workflow-worker.js';

const server = await startOwnServer(afterAll, {
  searchAttributes: { OutflowActivation: 'Keyword', OutflowOutcome: 'Keyword', OutflowState: 'Keyword' },
  dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 60 },
});
const worker = await startWorkflowWorker({ server: server.address });
const loyalty = { activation: 'loyalty' };

test('a run of many chunks goes on in new histories: every chunk is sent once, and its figures add up', async () => {
  const result = resultOf('completed', { new: 500, accepted: 510 });
  const { steps, inputs } = scriptedSteps({
    diffSegment: () => Promise.resolve({ ...found, new: 500, chunks: 51 }),
    sendChunks: () => Promise.resolve(firstSent()),
    closeRun: () => Promise.resolve(result),
  });
  const handle = await worker.start(steps, loyalty);
  expect(await handle.result()).toEqual(result);
  const chunks = inputs('sendChunks').map(({ chunks: [first] }) => first!);
  expect(chunks.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 51 }, (_, i) => i + 1));
  for (const step of ['openRun', 'diffSegment', 'foldSnapshot', 'closeRun'] as const)
    expect(inputs(step)).toHaveLength(1);
  expect(inputs('recordState')).toEqual([{ run, state: 'sending' }]);
  const last = worker.client.workflow.getHandle(handle.workflowId);
  expect((await last.describe()).runId).not.toBe(handle.firstExecutionRunId);
  expect(await last.query(progress)).toMatchObject({
    chunks: 51,
    chunksDone: 51,
    counts: { accepted: 510, unsent: 0 },
  });
  await recordHistory(
    'continued-as-new',
    worker.client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId),
  );
  await recordHistory('continued', last);
});

test('a run that was held and approved is neither held nor settled again in a later history', async () => {
  const guardFigures = { ...found.guardFigures, gone: 70 };
  const { steps, inputs } = scriptedSteps({
    diffSegment: () => Promise.resolve({ ...found, new: 500, chunks: 51, settleChunks: 1, guardFigures }),
    sendChunks: () => Promise.resolve(firstSent()),
  });
  const handle = await worker.start(steps, loyalty);
  await expect.poll(() => inputs('recordState')).toHaveLength(1);
  await handle.signal(approve, { hold: 'run-7', by: 'jo' });
  expect(await handle.result()).toEqual(resultOf('completed'));
  expect(inputs('sendChunks')).toHaveLength(51);
  expect(inputs('settleDiff')).toHaveLength(1);
  expect(inputs('recordState').map(({ state }) => state)).toEqual(['held', 'sending']);
  const last = worker.client.workflow.getHandle(handle.workflowId);
  expect((await last.describe()).runId).not.toBe(handle.firstExecutionRunId);
  expect(await last.query(progress)).toMatchObject({ hold: { name: 'run-7', approved: { by: 'jo' } } });
  await recordHistory('held-continued', last);
});

test('a run can be paused, resumed and cancelled in a later history', async () => {
  let calls = 0;
  const { steps, inputs } = scriptedSteps({
    diffSegment: () => Promise.resolve({ ...found, chunks: 100 }),
    sendChunks: () => Promise.resolve(++calls < 40 ? firstSent() : stopped(silentFor(3_600_000))),
  });
  const handle = await worker.start(steps, loyalty);
  const last = worker.client.workflow.getHandle(handle.workflowId);
  await expect.poll(() => last.query(progress)).toMatchObject({ chunksDone: 39, waitingFor: { for: 'destination' } });
  expect((await last.describe()).runId).not.toBe(handle.firstExecutionRunId);
  await last.signal(pause, { reason: 'enough' });
  await expect.poll(() => inputs('recordState').at(-1)).toEqual({ run, state: 'paused', reason: 'enough' });
  await last.signal(resume);
  await expect.poll(() => inputs('recordState').at(-1)).toEqual({ run, state: 'sending' });
  await last.cancel();
  await expect.poll(() => inputs('closeRun')).toEqual([{ run, outcome: 'cancelled' }]);
  await expect.poll(async () => (await last.describe()).status.name).toBe('CANCELLED');
});

test('a run that waits out a long outage continues as new without forgetting since when it waits', async () => {
  const { steps, inputs } = scriptedSteps({
    sendChunks: () => Promise.resolve(stopped(silentFor(10))),
  });
  const handle = await worker.start(steps, loyalty);
  const last = worker.client.workflow.getHandle(handle.workflowId);
  await expect.poll(async () => (await last.describe()).runId).not.toBe(handle.firstExecutionRunId);
  const [started] = (await last.fetchHistory()).events ?? [];
  const input = started?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
  const carried = JSON.parse(Buffer.from(input!).toString()) as Record<
    string,
    { view: { outage: { sinceMs: number } } }
  >;
  const { sinceMs } = carried['outflow:carriedRun']!.view.outage;
  expect(sinceMs).toBeLessThan(started!.eventTime!.seconds!.toNumber() * 1000 + 1000);
  expect(inputs('openRun')).toHaveLength(1);
  await last.cancel();
  await expect.poll(async () => (await last.describe()).status.name).toBe('CANCELLED');
});
