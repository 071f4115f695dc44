import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { TrippedGuard } from '../../src/activation/guards.js';
import type { DiffSegmentResult } from '../../src/activation/steps.js';
import { approve, pause, progress, resume } from '../../src/workflows/messages.js';
import { recordHistory } from './record-history.js';
import { Gate, found, opened, resultOf, run, scriptedSteps, waitFor } from './scripted-steps.js';
import { startWorkflowWorker } from './workflow-worker.js';

const worker = await startWorkflowWorker();
const loyalty = { activation: 'loyalty' };

/** Most contacts have left the segment. */
const suspicious: DiffSegmentResult = {
  ...found,
  gone: 61,
  chunks: 4,
  settleChunks: 1,
  guardFigures: { ...found.guardFigures, known: 100, gone: 61 },
};
const guards: TrippedGuard[] = [{ guard: 'gone', concerned: 61, of: 100, limitPercent: 50 }];
const heldSteps = (changes = {}): ReturnType<typeof scriptedSteps> =>
  scriptedSteps({ diffSegment: () => Promise.resolve(suspicious), ...changes });

const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT.+Z$/) as unknown;
const hold = { name: 'run-7', guards, since: instant };

test('a run that a guard holds sends exactly what it found once its hold is approved', async () => {
  const { steps, calls, inputs } = heldSteps();
  const handle = await worker.start(steps, loyalty);
  await expect.poll(() => inputs('recordState')).toEqual([{ run, state: 'held', hold }]);
  expect(await handle.query(progress)).toMatchObject({ state: 'held', chunksDone: 0, counts: { unsent: 40 }, hold });
  expect(calls.map(({ step }) => step)).toEqual(['openRun', 'loadSnapshot', 'diffSegment', 'recordState']);

  await handle.signal(approve, { hold: 'run-7', by: 'jo' });
  expect(await handle.result()).toEqual(resultOf('completed'));
  expect(inputs('recordState').at(-1)).toEqual({
    run,
    state: 'sending',
    hold: { ...hold, approved: { at: instant, by: 'jo' } },
  });
  expect(calls.map(({ step }) => step).slice(4)).toEqual([
    'recordState',
    'settleDiff',
    ...Array.from({ length: 4 }, () => 'sendChunks'),
    'foldSnapshot',
    'closeRun',
  ]);
  await recordHistory('held-approved', handle);
});

test('a held run can be cancelled: nothing is sent, and no contact leaves the snapshot', async () => {
  const { steps, inputs } = heldSteps();
  const handle = await worker.start(steps, loyalty);
  await expect.poll(() => handle.query(progress)).toMatchObject({ state: 'held' });
  await handle.cancel();
  await expect(handle.result()).rejects.toMatchObject({ cause: expect.any(CancelledFailure) as unknown });
  expect(inputs('closeRun')).toEqual([{ run, outcome: 'cancelled' }]);
  expect([...inputs('settleDiff'), ...inputs('sendChunks'), ...inputs('foldSnapshot')]).toEqual([]);
  await recordHistory('held-cancelled', handle);
});

test.each([
  ['names an earlier hold', { hold: 'run-6', by: 'jo' }],
  ['names no hold', { by: 'jo' }],
  ['is empty', undefined],
  ['is null', null],
  ['is a number', 7],
])('a hold stays when the approval %s', async (_, input) => {
  const { steps, inputs } = heldSteps();
  const handle = await worker.start(steps, loyalty);
  await expect.poll(() => inputs('recordState')).toHaveLength(1);
  await handle.signal('approve', input);
  expect(await handle.query(progress)).toMatchObject({ state: 'held', hold });
  await handle.cancel();
  await expect(handle.result()).rejects.toThrow();
  expect(inputs('recordState')).toHaveLength(1);
  expect(inputs('sendChunks')).toEqual([]);
});

test('an approval that comes before the hold does not open it', async () => {
  const diff = new Gate();
  const { steps, inputs } = heldSteps({
    diffSegment: async () => {
      await waitFor(diff);
      return suspicious;
    },
  });
  const handle = await worker.start(steps, loyalty);
  await expect.poll(() => inputs('diffSegment')).toHaveLength(1);
  await handle.signal(approve, { hold: 'run-7' });
  diff.open();
  await expect.poll(() => inputs('recordState')).toEqual([{ run, state: 'held', hold }]);
  expect(await handle.query(progress)).toMatchObject({ state: 'held', hold });
  await handle.signal(approve, { hold: 'run-7' });
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
});

test('the first approval counts, also one that was typed as a text', async () => {
  const { steps, inputs } = heldSteps();
  const handle = await worker.start(steps, loyalty);
  await expect.poll(() => inputs('recordState')).toHaveLength(1);
  await handle.signal(pause);
  await handle.signal('approve', ' run-7\n');
  await handle.signal(approve, { hold: 'run-7', by: 'late' });
  await handle.signal(resume);
  await handle.result();
  expect(inputs('recordState').at(-1)).toMatchObject({ hold: { ...hold, approved: { at: instant } } });
  expect(JSON.stringify(inputs('recordState'))).not.toContain('late');
});

test('a held run that is paused stays held; approved while paused, it lets the gone contacts go but sends only when resumed', async () => {
  const { steps, inputs } = heldSteps();
  const handle = await worker.start(steps, loyalty);
  await expect.poll(() => inputs('recordState')).toHaveLength(1);
  await handle.signal(pause, { reason: 'lunch' });
  await handle.signal(resume);
  await handle.signal(pause, { reason: 'lunch' });
  expect(await handle.query(progress)).toMatchObject({ state: 'held', paused: { reason: 'lunch' } });

  await handle.signal(approve, { hold: 'run-7' });
  const approved = { ...hold, approved: { at: instant } };
  await expect
    .poll(() => inputs('recordState'))
    .toEqual([
      { run, state: 'held', hold },
      { run, state: 'paused', reason: 'lunch', hold: approved },
    ]);
  await expect.poll(() => inputs('settleDiff')).toEqual([run]);
  expect(await handle.query(progress)).toMatchObject({ state: 'paused', hold: approved });
  expect(inputs('sendChunks')).toEqual([]);

  await handle.signal(resume);
  expect(await handle.result()).toEqual(resultOf('completed'));
  expect(inputs('recordState').at(-1)).toMatchObject({ state: 'sending', hold: approved });
  await recordHistory('held-while-paused', handle);
});

test('a held run that only lets contacts go does so once it is approved, and its approval is recorded before', async () => {
  const recorded = new Gate();
  const { steps, calls, inputs } = heldSteps({
    diffSegment: () => Promise.resolve({ ...suspicious, new: 0, changed: 0, chunks: 0 }),
    recordState: ({ state }: { state: string }) => (state === 'held' ? Promise.resolve() : recorded.opened),
  });
  const handle = await worker.start(steps, loyalty);
  await expect.poll(() => inputs('recordState')).toHaveLength(1);
  await handle.signal(approve, { hold: 'run-7' });
  await expect.poll(() => inputs('recordState')).toHaveLength(2);
  expect(inputs('settleDiff')).toEqual([]);
  recorded.open();
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  expect(calls.map(({ step }) => step).slice(3)).toEqual([
    'recordState',
    'recordState',
    'settleDiff',
    'foldSnapshot',
    'closeRun',
  ]);
});

test('contacts that left are let go before anything is sent, by a run that nothing holds', async () => {
  const { steps, calls } = scriptedSteps({
    diffSegment: () => Promise.resolve({ ...found, gone: 3, chunks: 1, settleChunks: 1 }),
  });
  await (await worker.start(steps, loyalty)).result();
  const order = calls.map(({ step }) => step);
  expect(order.filter((step) => step === 'settleDiff')).toHaveLength(1);
  expect(order.indexOf('settleDiff')).toBeLessThan(order.indexOf('sendChunks'));
});

test('an activation whose guard is off is not held', async () => {
  const { steps, inputs } = heldSteps({
    openRun: () => Promise.resolve({ ...opened, guards: { ...opened.guards, gonePercent: null } }),
  });
  expect(await (await worker.start(steps, loyalty)).result()).toMatchObject({ outcome: 'completed' });
  expect(inputs('recordState')).toEqual([{ run, state: 'sending' }]);
});

test('a hold waits for seven days', async () => {
  const { steps, inputs } = heldSteps();
  const handle = await worker.start(steps, loyalty);
  await expect.poll(() => inputs('recordState')).toHaveLength(1);
  const timers = (await handle.fetchHistory()).events?.flatMap(({ timerStartedEventAttributes: t }) => t ?? []) ?? [];
  expect(timers.map(({ startToFireTimeout }) => startToFireTimeout?.seconds?.toNumber())).toEqual([7 * 24 * 60 * 60]);
  await handle.cancel();
});

test('a run that nobody approves in time fails as held, says which guard, and sends nothing', async () => {
  const hurried = await startWorkflowWorker({ interceptors: './hurried-timers.ts' });
  const { steps, inputs } = heldSteps();
  const handle = await hurried.start(steps, loyalty);
  const message =
    'Nobody has approved run-7 within 7 days, so nothing of it was sent: 61 of 100 contacts left the segment; at most 50% may.';
  await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'RunHeld' } });
  expect(inputs('closeRun')).toMatchObject([{ outcome: 'failed', error: { code: 'RunHeld', message } }]);
  expect(inputs('closeRun')[0]?.error?.remedy).toContain('`outflow approve loyalty`');
  expect([...inputs('settleDiff'), ...inputs('sendChunks'), ...inputs('openIncident')]).toEqual([]);
  await recordHistory('held-too-long', handle);
});

async function detailsIn(handle: WorkflowHandle): Promise<{ details: string; signals: Record<string, string> }> {
  const { currentDetails: details, definition } = await handle.query<{
    currentDetails: string;
    definition: { signalDefinitions: { name: string; description: string }[] };
  }>('__temporal_workflow_metadata');
  const signals = Object.fromEntries(definition.signalDefinitions.map((signal) => [signal.name, signal.description]));
  return { details, signals };
}

test('the Temporal UI can show why a run is held and how to approve it, and later who did', async () => {
  const workflowId = `test/${randomUUID()}`;
  const { steps, inputs } = heldSteps();
  worker.play(workflowId, steps);
  const handle = await worker.client.workflow.start('activation', {
    workflowId,
    taskQueue: worker.taskQueue,
    args: [loyalty],
  });
  await expect.poll(() => inputs('recordState')).toHaveLength(1);
  const { details, signals } = await detailsIn(handle);
  expect(details).toMatch(/^\*\*Held: .*\n\n- 61 of 100 contacts left the segment; at most 50% may\n\nHeld since/);
  expect(details).toContain('signal `approve` with `{"hold": "run-7"}`, or `outflow approve loyalty`');
  expect(signals['approve']).toContain('{"hold": "run-42"}');
  await handle.signal(approve, { hold: 'run-7', by: 'jo' });
  await handle.result();
  expect((await detailsIn(handle)).details).toMatch(/run-7 was approved at \S+Z by jo/);
});
