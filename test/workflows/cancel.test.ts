import type { WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { pause, progress } from '../../src/workflows/messages.js';
import { recordHistory } from './record-history.js';
import {
  Gate,
  found,
  onTheWire,
  opened,
  resultOf,
  run,
  scriptedSteps,
  stopped,
  waitFor,
  silentFor,
} from './scripted-steps.js';
import { startWorkflowWorker } from './workflow-worker.js';

const worker = await startWorkflowWorker();
const loyalty = { activation: 'loyalty' };

async function expectCancelled(handle: WorkflowHandle): Promise<void> {
  await expect(handle.result()).rejects.toMatchObject({ cause: expect.any(CancelledFailure) as unknown });
  expect((await handle.describe()).status.name).toBe('CANCELLED');
}

test('a run cancelled while sending closes as cancelled once its requests on the wire have ended', async () => {
  const wire = new Gate();
  const { steps, inputs } = scriptedSteps({ sendChunks: () => onTheWire(wire) });
  const handle = await worker.start(steps, loyalty);
  await expect.poll(() => inputs('sendChunks')).toHaveLength(2);
  await handle.cancel();
  await expect.poll(() => wire.withdrawn).toBe(2);
  expect(inputs('closeRun')).toEqual([]);
  wire.open();
  await expectCancelled(handle);
  expect(inputs('closeRun')).toEqual([{ run, outcome: 'cancelled' }]);
  expect(inputs('sendChunks')).toHaveLength(2);
  expect(inputs('foldSnapshot')).toEqual([]);
  await recordHistory('cancelled-while-sending', handle);
});

test('a paused run can be cancelled', async () => {
  const { steps, inputs } = scriptedSteps();
  const handle = await worker.start(steps, loyalty);
  await handle.signal(pause);
  await expect.poll(() => handle.query(progress)).toMatchObject({ state: 'paused' });
  await handle.cancel();
  await expectCancelled(handle);
  expect(inputs('closeRun')).toEqual([{ run, outcome: 'cancelled' }]);
  await recordHistory('cancelled-while-paused', handle);
});

test('a run that waits for its destination can be cancelled', async () => {
  const { steps, inputs } = scriptedSteps({
    sendChunks: () => Promise.resolve(stopped(silentFor(3_600_000))),
  });
  const handle = await worker.start(steps, loyalty);
  await expect.poll(() => handle.query(progress)).toMatchObject({ waitingFor: { for: 'destination' } });
  await handle.cancel();
  await expectCancelled(handle);
  expect(inputs('closeRun')).toEqual([{ run, outcome: 'cancelled' }]);
});

test('a diff under way is withdrawn when its run is cancelled', async () => {
  const never = new Gate();
  const { steps, inputs } = scriptedSteps({
    diffSegment: async () => {
      await waitFor(never);
      return { ...found, chunks: 4 };
    },
  });
  const handle = await worker.start(steps, loyalty);
  await expect.poll(() => inputs('diffSegment')).toHaveLength(1);
  await handle.cancel();
  await expectCancelled(handle);
  expect(inputs('closeRun')).toEqual([{ run, outcome: 'cancelled' }]);
  await recordHistory('cancelled-while-diffing', handle);
});

test('a run cancelled while it opens gives its claim back', async () => {
  const claim = new Gate();
  const { steps, calls } = scriptedSteps({
    openRun: async () => {
      await claim.opened;
      return opened;
    },
  });
  const handle = await worker.start(steps, loyalty);
  await expect.poll(() => calls).toHaveLength(1);
  await handle.cancel();
  claim.open();
  await expectCancelled(handle);
  expect(calls.map(({ step }) => step)).toEqual(['openRun', 'closeRun']);
});

test('a cancellation that comes while the run closes changes nothing', async () => {
  const close = new Gate();
  const { steps, inputs } = scriptedSteps({
    closeRun: async () => {
      await close.opened;
      return resultOf('completed');
    },
  });
  const handle = await worker.start(steps, loyalty);
  await expect.poll(() => inputs('closeRun')).toHaveLength(1);
  await handle.cancel();
  close.open();
  expect(await handle.result()).toEqual(resultOf('completed'));
});
