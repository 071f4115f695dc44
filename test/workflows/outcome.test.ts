import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { ChunkStop } from '../../src/activation/steps.js';
import { progress } from '../../src/workflows/messages.js';
import { recordHistory } from './record-history.js';
import {
  allSent,
  firstSent,
  found,
  opened,
  resultOf,
  run,
  scriptedSteps,
  stepFailure,
  stopped,
  silentFor,
} from './scripted-steps.js';
import { startWorkflowWorker } from './workflow-worker.js';

const worker = await startWorkflowWorker();
const loyalty = { activation: 'loyalty' };

async function failureOf(result: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await result.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(WorkflowFailedError);
  const { cause } = error as WorkflowFailedError;
  expect(cause).toBeInstanceOf(ApplicationFailure);
  return cause as ApplicationFailure;
}

test('a run sends every chunk once, folds the snapshot, closes, and returns its result', async () => {
  const { steps, calls, inputs } = scriptedSteps();
  const handle = await worker.start(steps, loyalty);
  expect(await handle.result()).toEqual(resultOf('completed'));
  expect(calls.map(({ step }) => step).filter((step) => step !== 'recordState')).toEqual([
    'openRun',
    'loadSnapshot',
    'diffSegment',
    ...Array.from({ length: 4 }, () => 'sendChunks'),
    'foldSnapshot',
    'closeRun',
  ]);
  expect(inputs('openRun')).toEqual([{ request: loyalty, scheduled: false, firstRunId: handle.firstExecutionRunId }]);
  expect(
    inputs('sendChunks')
      .map(({ chunks }) => chunks)
      .sort(),
  ).toEqual([[1], [2], [3], [4]]);
  expect(inputs('recordState')).toEqual([{ run, state: 'sending' }]);
  expect(inputs('closeRun')).toEqual([{ run, outcome: 'completed' }]);
  await recordHistory('completed', handle);
});

test('a run whose destination refuses some contacts completes, and counts them', async () => {
  const result = resultOf('completed_with_warnings', { accepted: 37, rejected: 3 });
  const { steps, inputs } = scriptedSteps({
    sendChunks: ({ chunks: [chunk] }) =>
      Promise.resolve({ done: 1, accepted: chunk === 2 ? 7 : 10, rejected: chunk === 2 ? 3 : 0 }),
    closeRun: () => Promise.resolve(result),
  });
  const handle = await worker.start(steps, loyalty);
  expect(await handle.result()).toEqual(result);
  expect(await handle.query(progress)).toMatchObject({ counts: { accepted: 37, rejected: 3, unsent: 0 } });
  expect(inputs('closeRun')).toEqual([{ run, outcome: 'completed' }]);
  await recordHistory('rejected', handle);
});

test('a full run says so while it is under way', async () => {
  const fullRun = { ...run, requestedMode: 'full' as const };
  const { steps, inputs } = scriptedSteps({
    openRun: () => Promise.resolve({ ...opened, run: fullRun }),
    loadSnapshot: () =>
      Promise.resolve({ mode: 'full', fullBecause: 'asked for', generation: 3, contacts: 90, chunksInDoubt: 2 }),
  });
  const handle = await worker.start(steps, { ...loyalty, mode: 'full' });
  await handle.result();
  expect(inputs('loadSnapshot')).toEqual([fullRun]);
  expect(await handle.query(progress)).toMatchObject({ mode: 'full', state: 'closed' });
  await recordHistory('full', handle);
});

test('a run without changes sends nothing and never says that it sends', async () => {
  const { steps, inputs } = scriptedSteps({ diffSegment: () => Promise.resolve({ ...found, chunks: 0 }) });
  const handle = await worker.start(steps, loyalty);
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  expect(inputs('sendChunks')).toEqual([]);
  expect(inputs('recordState')).toEqual([]);
  expect(inputs('foldSnapshot')).toHaveLength(1);
  await recordHistory('unchanged', handle);
});

test('a run that has nothing to do is opened, compared and closed, and takes no other step', async () => {
  const snapshot = { mode: 'delta' as const, generation: 3, contacts: 90, chunksInDoubt: 0 };
  const { steps, calls } = scriptedSteps({
    openRun: () => Promise.resolve({ ...opened, snapshot }),
    diffSegment: () => Promise.resolve({ ...found, chunks: 0, mayFold: false }),
  });
  const handle = await worker.start(steps, loyalty);
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  expect(calls.map(({ step }) => step)).toEqual(['openRun', 'diffSegment', 'closeRun']);
  expect(await handle.query(progress)).toMatchObject({ mode: 'delta', state: 'closed' });
  await recordHistory('nothing-to-do', handle);
});

test('a run that may not open completes as skipped and takes no further step', async () => {
  const result = resultOf('skipped');
  const { steps, calls } = scriptedSteps({ openRun: () => Promise.resolve({ kind: 'skipped', result }) });
  const handle = await worker.start(steps, loyalty);
  expect(await handle.result()).toEqual(result);
  expect(calls.map(({ step }) => step)).toEqual(['openRun']);
  await recordHistory('skipped', handle);
});

test.each([
  ['no input', [], {}],
  ['null', [null], { request: null }],
  ['a text', ['loyalty'], { request: 'loyalty' }],
  ['what only continue-as-new may say', [{ 'outflow:carriedRun': {} }], { request: { 'outflow:carriedRun': {} } }],
])(
  'a workflow started with %s hands it to the step that checks it, and fails with its answer',
  async (_, input, asked) => {
    const { steps, calls, inputs } = scriptedSteps({ openRun: () => Promise.reject(stepFailure('InputInvalid')) });
    const handle = await worker.start(steps, ...input);
    const failure = await failureOf(handle.result());
    expect(failure).toMatchObject({
      type: 'InputInvalid',
      nonRetryable: true,
      message: 'InputInvalid, it says. Do this.',
      details: [{ error: { code: 'InputInvalid', message: 'InputInvalid, it says.', remedy: 'Do this.' } }],
    });
    expect(inputs('openRun')).toEqual([{ ...asked, scheduled: false, firstRunId: handle.firstExecutionRunId }]);
    expect(calls).toHaveLength(1);
    if (input.length === 0) await recordHistory('refused-input', handle);
  },
);

test('a run whose destination refuses it fails at once, with its result, after the other chunks have ended', async () => {
  const { steps, inputs } = scriptedSteps({
    sendChunks: (input) =>
      input.chunks.includes(2)
        ? Promise.reject(stepFailure('DestinationUnauthorized'))
        : Promise.resolve(allSent(input)),
  });
  const handle = await worker.start(steps, loyalty);
  const failure = await failureOf(handle.result());
  const error = {
    code: 'DestinationUnauthorized',
    category: 'access',
    culprit: 'destination',
    message: 'DestinationUnauthorized, it says.',
    remedy: 'Do this.',
  };
  expect(failure).toMatchObject({
    type: 'DestinationUnauthorized',
    nonRetryable: true,
    message: 'DestinationUnauthorized, it says. Do this.',
    details: [{ ...resultOf('failed'), error }],
  });
  expect(inputs('sendChunks').filter(({ chunks }) => chunks.includes(2))).toHaveLength(1);
  expect(inputs('foldSnapshot')).toEqual([]);
  expect(inputs('closeRun')).toEqual([{ run, outcome: 'failed', error }]);
  await recordHistory('failed', handle);
});

test('a run that fails shows what it had sent, also by the step that failed', async () => {
  const { steps } = scriptedSteps({
    sendChunks: () => Promise.reject(stepFailure('DestinationUnauthorized')),
    closeRun: () => Promise.resolve(resultOf('failed', { accepted: 18, rejected: 2 })),
  });
  const handle = await worker.start(steps, loyalty);
  await failureOf(handle.result());
  expect(await handle.query(progress)).toMatchObject({ counts: { accepted: 18, rejected: 2, unsent: 20 } });
});

test('a failure that another attempt mends fails no run', async () => {
  let attempts = 0;
  const { steps } = scriptedSteps({
    sendChunks: (input) =>
      ++attempts === 1 ? Promise.reject(stepFailure('EngineUnreachable', false)) : Promise.resolve(allSent(input)),
  });
  expect(await (await worker.start(steps, loyalty)).result()).toMatchObject({ outcome: 'completed' });
  expect(attempts).toBe(5);
});

test('a failure of a kind that the boundary does not know is reported without its text', async () => {
  const { steps, inputs } = scriptedSteps({
    loadSnapshot: () => Promise.reject(ApplicationFailure.nonRetryable('jane@example.com is wrong', 'Strange')),
  });
  const failure = await failureOf((await worker.start(steps, loyalty)).result());
  expect(failure).toMatchObject({ type: 'Unexpected' });
  expect(failure.message).toContain('The step loadSnapshot failed: Strange.');
  expect(JSON.stringify(inputs('closeRun'))).not.toContain('jane');
});

test('a snapshot that cannot be folded fails no run', async () => {
  const { steps } = scriptedSteps({ foldSnapshot: () => Promise.reject(stepFailure('EngineNewer')) });
  const handle = await worker.start(steps, loyalty);
  expect(await handle.result()).toEqual(resultOf('completed'));
  await recordHistory('fold-failed', handle);
});

test('a run that finds its claim lost when it closes fails as superseded', async () => {
  const { steps } = scriptedSteps({ closeRun: () => Promise.reject(stepFailure('RunSuperseded')) });
  const failure = await failureOf((await worker.start(steps, loyalty)).result());
  expect(failure).toMatchObject({ type: 'RunSuperseded' });
});

test('a run that failed and could not be closed fails with what ended it', async () => {
  const { steps } = scriptedSteps({
    diffSegment: () => Promise.reject(stepFailure('SourceRejectedQuery')),
    closeRun: () => Promise.reject(stepFailure('EngineNewer')),
  });
  expect(await failureOf((await worker.start(steps, loyalty)).result())).toMatchObject({ type: 'SourceRejectedQuery' });
});

test('chunks that have more to do are called again at once, and those that the pace holds back later', async () => {
  const stops = new Map<number, ChunkStop[]>([
    [1, [{ status: 'more' }, { status: 'later', waitMs: 50, because: 'rate' }]],
    [3, [silentFor(50)]],
  ]);
  const { steps, inputs } = scriptedSteps({
    sendChunks: (input) => {
      const stop = stops.get(input.chunks[0]!)?.shift();
      return Promise.resolve(stop ? stopped(stop) : allSent(input));
    },
  });
  const handle = await worker.start(steps, loyalty);
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  expect(
    inputs('sendChunks')
      .flatMap(({ chunks }) => chunks)
      .sort(),
  ).toEqual([1, 1, 1, 2, 3, 3, 4]);
  await recordHistory('paced', handle);
});

test('while many chunks are left a step gets several, and says which', async () => {
  const { steps, inputs } = scriptedSteps({ diffSegment: () => Promise.resolve({ ...found, chunks: 20 }) });
  const handle = await worker.start(steps, loyalty);
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  const shares = inputs('sendChunks').map(({ chunks }) => chunks);
  expect(shares.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect(shares.map(({ length }) => length).toSorted((a, b) => b - a)).toEqual([4, 4, 3, 3, 2, 1, 1, 1, 1]);
  expect(await handle.query(progress)).toMatchObject({ chunks: 20, chunksDone: 20 });
  const summaries = (await handle.fetchHistory()).events?.map(({ userMetadata }) =>
    Buffer.from(userMetadata?.summary?.data ?? '').toString(),
  );
  expect(summaries).toEqual(expect.arrayContaining(['"Chunks 1 to 4 of 20"', '"Chunk 20 of 20"']));
  await recordHistory('several-chunks-a-step', handle);
});

test('a step that came to one chunk only is followed by steps of one or two', async () => {
  const { steps, inputs } = scriptedSteps({
    diffSegment: () => Promise.resolve({ ...found, chunks: 40 }),
    sendChunks: () => Promise.resolve(firstSent()),
  });
  const handle = await worker.start(steps, loyalty);
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  const lengths = inputs('sendChunks').map(({ chunks }) => chunks.length);
  expect(lengths).toHaveLength(40);
  expect(lengths.filter((length) => length > 2)).toHaveLength(opened.concurrency);
});

test('what a step did not come to is sent by others, while it stays with the chunk that has stopped', async () => {
  const stops: ChunkStop[] = [{ status: 'more' }, { status: 'later', waitMs: 50, because: 'rate' }];
  const { steps, inputs } = scriptedSteps({
    diffSegment: () => Promise.resolve({ ...found, chunks: 20 }),
    sendChunks: (input) => {
      const stop = input.chunks.includes(3) ? stops.shift() : undefined;
      if (!stop) return Promise.resolve(firstSent());
      const done = input.chunks.indexOf(3);
      return Promise.resolve({ done, accepted: 10 * done, rejected: 0, stop });
    },
  });
  const handle = await worker.start(steps, loyalty);
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  expect(await handle.query(progress)).toMatchObject({ chunksDone: 20 });
  const sent = inputs('sendChunks').map(({ chunks }) => chunks);
  expect(sent.filter((chunks) => chunks.includes(3))).toEqual([[1, 2, 3, 4], [3], [3]]);
  expect(sent.filter((chunks) => chunks.includes(1) || chunks.includes(2))).toHaveLength(1);
  await recordHistory('left-to-others', handle);
});

test('nothing is read before the last request of an earlier run can no longer arrive', async () => {
  const { steps, calls, inputs } = scriptedSteps({ openRun: () => Promise.resolve({ ...opened, waitMs: 600 }) });
  const handle = await worker.start(steps, loyalty);
  await expect.poll(() => handle.query('progress')).toMatchObject({ waitingFor: { for: 'earlier-requests' } });
  expect(calls.map(({ step }) => step)).not.toContain('loadSnapshot');
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  expect(inputs('recordState')).toMatchObject([
    { state: 'diffing', waiting: { for: 'earlier-requests' } },
    { state: 'diffing' },
    { state: 'sending' },
  ]);
  await recordHistory('waited', handle);
});

const outcome = defineSearchAttributeKey('OutflowOutcome', SearchAttributeType.KEYWORD);
const activation = defineSearchAttributeKey('OutflowActivation', SearchAttributeType.KEYWORD);

test.each([true, false])(
  'the workflow carries search attributes if they are registered: %s',
  async (searchAttributes) => {
    const { steps } = scriptedSteps({ openRun: () => Promise.resolve({ ...opened, searchAttributes }) });
    const handle = await worker.start(steps, loyalty);
    await handle.result();
    const { typedSearchAttributes } = await handle.describe();
    expect(typedSearchAttributes.get(activation)).toBe(searchAttributes ? 'loyalty' : undefined);
    expect(typedSearchAttributes.get(outcome)).toBe(searchAttributes ? 'completed' : undefined);
    if (!searchAttributes) await recordHistory('without-search-attributes', handle);
  },
);
