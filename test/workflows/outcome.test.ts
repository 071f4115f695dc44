import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import { expect, test } from 'vitest';
import { progress } from '../../src/workflows/messages.js';
import { recordHistory } from './record-history.js';
import { found, opened, resultOf, run, scriptedSteps, stepFailure } from './scripted-steps.js';
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
    ...Array.from({ length: 4 }, () => 'sendChunk'),
    'foldSnapshot',
    'closeRun',
  ]);
  expect(inputs('openRun')).toEqual([{ request: loyalty, scheduled: false, firstRunId: handle.firstExecutionRunId }]);
  expect(
    inputs('sendChunk')
      .map(({ chunk }) => chunk)
      .sort(),
  ).toEqual([1, 2, 3, 4]);
  expect(inputs('recordState')).toEqual([{ run, state: 'sending' }]);
  expect(inputs('closeRun')).toEqual([{ run, outcome: 'completed' }]);
  await recordHistory('completed', handle);
});

test('a run whose destination refuses some contacts completes, and counts them', async () => {
  const { steps, inputs } = scriptedSteps({
    sendChunk: ({ chunk }) =>
      Promise.resolve({ status: 'done', accepted: chunk === 2 ? 7 : 10, rejected: chunk === 2 ? 3 : 0 }),
    closeRun: () => Promise.resolve(resultOf('completed_with_warnings')),
  });
  const handle = await worker.start(steps, loyalty);
  expect(await handle.result()).toEqual(resultOf('completed_with_warnings'));
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
  expect(inputs('sendChunk')).toEqual([]);
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
    sendChunk: ({ chunk }) =>
      chunk === 2
        ? Promise.reject(stepFailure('DestinationUnauthorized'))
        : Promise.resolve({ status: 'done', accepted: 10, rejected: 0 }),
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
  expect(inputs('sendChunk').filter(({ chunk }) => chunk === 2)).toHaveLength(1);
  expect(inputs('foldSnapshot')).toEqual([]);
  expect(inputs('closeRun')).toEqual([{ run, outcome: 'failed', error }]);
  await recordHistory('failed', handle);
});

test('a failure that another attempt mends fails no run', async () => {
  let attempts = 0;
  const { steps } = scriptedSteps({
    sendChunk: () =>
      ++attempts === 1
        ? Promise.reject(stepFailure('EngineUnreachable', false))
        : Promise.resolve({ status: 'done', accepted: 10, rejected: 0 }),
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
  const answers = new Map([
    [1, [{ status: 'more' as const }, { status: 'later' as const, waitMs: 50, because: 'rate' as const }]],
    [3, [{ status: 'later' as const, waitMs: 50, because: 'outage' as const }]],
  ]);
  const { steps, inputs } = scriptedSteps({
    sendChunk: ({ chunk }) =>
      Promise.resolve(answers.get(chunk)?.shift() ?? { status: 'done', accepted: 10, rejected: 0 }),
  });
  const handle = await worker.start(steps, loyalty);
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  expect(
    inputs('sendChunk')
      .map(({ chunk }) => chunk)
      .sort(),
  ).toEqual([1, 1, 1, 2, 3, 3, 4]);
  await recordHistory('paced', handle);
});

test('nothing is read before the last request of an earlier run can no longer arrive', async () => {
  const { steps, calls } = scriptedSteps({ openRun: () => Promise.resolve({ ...opened, waitMs: 600 }) });
  const handle = await worker.start(steps, loyalty);
  await expect.poll(() => handle.query('progress')).toMatchObject({ waitingFor: { for: 'earlier-requests' } });
  expect(calls.map(({ step }) => step)).toEqual(['openRun']);
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
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
