import type { WorkflowHandle } from '@temporalio/client';
import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { pause, progress, resume } from '../../src/workflows/messages.js';
import { recordHistory } from './record-history.js';
import {
  Gate,
  allSent,
  found,
  foundCounts,
  onTheWire,
  opened,
  resultOf,
  run,
  scriptedSteps,
  stepFailure,
  stopped,
  waitFor,
  silentFor,
} from './scripted-steps.js';
import { startWorkflowWorker } from './workflow-worker.js';

const worker = await startWorkflowWorker();
const loyalty = { activation: 'loyalty' };

test('a pause while diffing lets the diff end and sends nothing until resumed', async () => {
  const diff = new Gate();
  const { steps, inputs } = scriptedSteps({
    diffSegment: async () => {
      await waitFor(diff);
      return { ...found, chunks: 4 };
    },
  });
  const handle = await worker.start(steps, loyalty);
  await expect.poll(() => inputs('diffSegment')).toHaveLength(1);
  await handle.signal(pause, { reason: 'maintenance' });
  await expect.poll(() => inputs('recordState').at(-1)).toEqual({ run, state: 'pausing', reason: 'maintenance' });
  diff.open();
  await expect.poll(() => inputs('recordState').at(-1)).toEqual({ run, state: 'paused', reason: 'maintenance' });
  expect(await handle.query(progress)).toMatchObject({
    state: 'paused',
    chunks: 4,
    chunksDone: 0,
    counts: { ...foundCounts, accepted: 0, rejected: 0, unsent: 40 },
    paused: { reason: 'maintenance' },
  });
  expect(inputs('sendChunks')).toEqual([]);
  await handle.signal(resume);
  expect(await handle.result()).toEqual(resultOf('completed'));
  expect(inputs('recordState').at(-1)).toEqual({ run, state: 'sending' });
  await recordHistory('paused-while-diffing', handle);
});

test('a run resumed while it still diffs calls itself diffing again', async () => {
  const diff = new Gate();
  const { steps, inputs } = scriptedSteps({
    diffSegment: async () => {
      await waitFor(diff);
      return { ...found, chunks: 4 };
    },
  });
  const handle = await worker.start(steps, loyalty);
  await handle.signal(pause);
  await expect.poll(() => inputs('recordState').map(({ state }) => state)).toEqual(['pausing']);
  await handle.signal(resume);
  await expect.poll(() => inputs('recordState').map(({ state }) => state)).toEqual(['pausing', 'diffing']);
  diff.open();
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
});

test('a pause does not hold a run that has nothing to send', async () => {
  const diff = new Gate();
  const { steps } = scriptedSteps({
    diffSegment: async () => {
      await waitFor(diff);
      return { ...found, chunks: 0 };
    },
  });
  const handle = await worker.start(steps, loyalty);
  await handle.signal(pause);
  diff.open();
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
});

test('a pause while sending waits for the requests on the wire, begins no other, and resumes with what was left', async () => {
  const wire = new Gate();
  const { steps, inputs } = scriptedSteps({
    sendChunks: (input) => (input.chunks.includes(1) ? Promise.resolve(allSent(input)) : onTheWire(wire)),
  });
  const handle = await worker.start(steps, loyalty);
  const chunks = (from: number): number[] =>
    inputs('sendChunks')
      .flatMap(({ chunks }) => chunks)
      .slice(from)
      .sort();
  await expect.poll(() => chunks(0)).toEqual([1, 2, 3]);
  await handle.signal(pause, {});
  await expect.poll(() => inputs('recordState').at(-1)).toEqual({ run, state: 'pausing' });
  expect((await handle.query(progress)).state).toBe('pausing');
  await expect.poll(() => wire.withdrawn).toBe(2);
  wire.open();
  await expect.poll(() => inputs('recordState').at(-1)).toEqual({ run, state: 'paused' });
  expect(await handle.query(progress)).toMatchObject({ state: 'paused', chunksDone: 1, counts: { accepted: 10 } });
  expect(inputs('sendChunks')).toHaveLength(3);
  await handle.signal(resume);
  expect(await handle.result()).toEqual(resultOf('completed'));
  expect(chunks(3)).toEqual([2, 3, 4]);
  expect(inputs('recordState').map(({ state }) => state)).toEqual(['sending', 'pausing', 'paused', 'sending']);
  await recordHistory('paused-while-sending', handle);
});

test('chunks that were only waiting are withdrawn by a pause, which does not cancel the run', async () => {
  const never = new Gate();
  const resumed = { yet: false };
  const { steps, inputs } = scriptedSteps({
    sendChunks: async (input) => {
      if (!resumed.yet) await waitFor(never);
      return allSent(input);
    },
  });
  const handle = await worker.start(steps, loyalty);
  await expect.poll(() => inputs('sendChunks')).toHaveLength(2);
  await handle.signal(pause);
  await expect.poll(() => inputs('recordState').at(-1)).toEqual({ run, state: 'paused' });
  resumed.yet = true;
  await handle.signal(resume);
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  await recordHistory('withdrawn', handle);
});

test.each([
  ['of a kind that another attempt mends leaves it paused', false],
  ['for good fails it', true],
])('a chunk that fails while the run pauses, %s', async (_, forGood) => {
  const never = new Gate();
  let calls = 0;
  const { steps, inputs } = scriptedSteps({
    sendChunks: async (input) => {
      if (++calls > 2) return allSent(input);
      await waitFor(never).catch(() => undefined);
      throw stepFailure(forGood ? 'DestinationRejected' : 'EngineUnreachable', forGood);
    },
  });
  const handle = await worker.start(steps, loyalty);
  await expect.poll(() => inputs('sendChunks')).toHaveLength(2);
  await handle.signal(pause);
  if (forGood) {
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'DestinationRejected' } });
  } else {
    await expect.poll(() => inputs('recordState').at(-1)).toEqual({ run, state: 'paused' });
    await handle.signal(resume);
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  }
});

test('a run that waits for its destination pauses within one request time-out, and tries again as soon as it is resumed', async () => {
  const outage = { over: false };
  const { steps, inputs } = scriptedSteps({
    sendChunks: (input) => Promise.resolve(outage.over ? allSent(input) : stopped(silentFor(3_600_000))),
  });
  const handle = await worker.start(steps, loyalty);
  await expect
    .poll(() => handle.query(progress))
    .toMatchObject({ state: 'sending', waitingFor: { for: 'destination' } });
  await expect.poll(() => shownState(handle)).toBe('waiting');
  const askedAt = performance.now();
  await handle.signal(pause);
  await expect.poll(() => handle.query(progress), { interval: 20 }).toMatchObject({ state: 'paused' });
  expect(performance.now() - askedAt).toBeLessThan(opened.requestTimeoutMs);
  expect(await shownState(handle)).toBe('paused');
  const tried = inputs('sendChunks').length;
  expect(tried).toBeLessThanOrEqual(2);
  outage.over = true;
  await handle.signal(resume);
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  expect(await shownState(handle)).toBeUndefined();
  await recordHistory('paused-during-an-outage', handle);
});

/** What Temporal's list of workflows says of an open run. */
async function shownState(handle: WorkflowHandle): Promise<string | undefined> {
  const { typedSearchAttributes } = await handle.describe();
  return typedSearchAttributes.get(defineSearchAttributeKey('OutflowState', SearchAttributeType.KEYWORD));
}

test.each([
  ['nothing', [], undefined],
  ['null', [null], undefined],
  ['a text', ['stop  the\npresses'], 'stop the presses'],
  ['an object without a reason', [{}], undefined],
  ['a reason that is no text', [{ reason: 7 }], undefined],
])('a pause signal may carry %s', async (_, input, reason) => {
  const { steps, inputs } = scriptedSteps();
  const workflowId = `test/${randomUUID()}`;
  worker.play(workflowId, steps);
  const handle = await worker.client.workflow.signalWithStart('activation', {
    workflowId,
    taskQueue: worker.taskQueue,
    args: [loyalty],
    signal: 'pause',
    signalArgs: input as [],
  });
  await expect
    .poll(() => inputs('recordState').at(-1))
    .toEqual({ run, state: 'paused', ...(reason !== undefined && { reason }) });
  await handle.signal(pause, { reason: 'a second pause changes nothing' });
  await handle.signal(resume);
  await handle.signal(resume);
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
});

test('the Temporal UI can show where a run stands, since when it is paused and why, and what its signals do', async () => {
  const { steps } = scriptedSteps();
  const handle = await worker.start(steps, loyalty);
  await handle.signal(pause, { reason: 'maintenance' });
  await expect.poll(() => handle.query(progress)).toMatchObject({ state: 'paused' });
  const metadata = await handle.query<{
    currentDetails: string;
    definition: Record<string, { name: string; description: string }[]>;
  }>('__temporal_workflow_metadata');
  expect(metadata.currentDetails).toMatch(
    /\*\*Paused\*\*\n\nPaused since \S+Z: maintenance\n\nActivation loyalty, run 7, delta/,
  );
  expect(metadata.currentDetails).toMatch(/Chunks done \d of 4/);
  const named = (definitions: { name: string; description: string }[] = []): string[] =>
    definitions.filter(({ description }) => description !== '').map(({ name }) => name);
  expect(named(metadata.definition['signalDefinitions'])).toEqual(['pause', 'resume', 'approve']);
  expect(named(metadata.definition['queryDefinitions'])).toContain('progress');
  await handle.signal(resume);
  await handle.result();
});
