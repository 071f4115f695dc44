import { expect, test } from 'vitest';
import { recordHistory } from './record-history.js';
import { run, scriptedSteps, stepFailure } from './scripted-steps.js';
import { startWorkflowWorker } from './workflow-worker.js';

const worker = await startWorkflowWorker();
const loyalty = { activation: 'loyalty' };

test('a run that fails for what no repeat can mend names the culprit once it is closed, and still fails with its own error', async () => {
  const { steps, calls, inputs } = scriptedSteps({
    diffSegment: () => Promise.reject(stepFailure('SourceRejectedLogin')),
  });
  const handle = await worker.start(steps, loyalty);
  await expect(handle.result()).rejects.toMatchObject({
    cause: { type: 'SourceRejectedLogin', details: [{ outcome: 'failed', error: { culprit: 'source' } }] },
  });
  const error = {
    code: 'SourceRejectedLogin',
    category: 'access',
    culprit: 'source',
    message: 'SourceRejectedLogin, it says.',
    remedy: 'Do this.',
  };
  expect(inputs('openIncident')).toEqual([{ run, error }]);
  expect(calls.slice(-2).map(({ step }) => step)).toEqual(['closeRun', 'openIncident']);
  await recordHistory('failed-with-incident', handle);
});

test.each([
  ['for a reason that the next run may not meet', 'SourceOutOfOrder' as const],
  ['because another run took over', 'RunSuperseded' as const],
])('a run that fails %s opens no incident', async (_, code) => {
  const { steps, inputs } = scriptedSteps({ diffSegment: () => Promise.reject(stepFailure(code)) });
  await expect((await worker.start(steps, loyalty)).result()).rejects.toMatchObject({ cause: { type: code } });
  expect(inputs('openIncident')).toEqual([]);
});

test('a run that could not be closed, because another took over, opens no incident', async () => {
  const { steps, inputs } = scriptedSteps({
    diffSegment: () => Promise.reject(stepFailure('SourceRejectedLogin')),
    closeRun: () => Promise.reject(stepFailure('RunSuperseded')),
  });
  await expect((await worker.start(steps, loyalty)).result()).rejects.toMatchObject({
    cause: { type: 'RunSuperseded' },
  });
  expect(inputs('openIncident')).toEqual([]);
});

test('an incident is opened also when the run is cancelled meanwhile, and once the engine is back', async () => {
  let attempts = 0;
  const { steps, inputs } = scriptedSteps({
    sendChunks: () => Promise.reject(stepFailure('DestinationUnauthorized')),
    openIncident: () =>
      ++attempts === 1
        ? Promise.reject(stepFailure('EngineUnreachable', false))
        : Promise.resolve({ incidentId: 3, paused: ['loyalty'] }),
  });
  const handle = await worker.start(steps, loyalty);
  await expect.poll(() => inputs('openIncident')).toHaveLength(1);
  await handle.cancel();
  await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'DestinationUnauthorized' } });
  expect(attempts).toBe(2);
});

test('a run whose incident cannot be opened fails with its own error', async () => {
  const { steps, inputs } = scriptedSteps({
    sendChunks: () => Promise.reject(stepFailure('DestinationUnauthorized')),
    openIncident: () => Promise.reject(stepFailure('EngineNewer')),
  });
  await expect((await worker.start(steps, loyalty)).result()).rejects.toMatchObject({
    cause: { type: 'DestinationUnauthorized' },
  });
  expect(inputs('openIncident')).toHaveLength(1);
});
