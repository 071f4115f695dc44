import { expect, test } from 'vitest';
import type { Dependencies } from '../../src/activities/dependencies.js';
import { createActivities } from '../../src/activities/index.js';

// Whatever a step touched of these would be undefined, and fail otherwise.
const activities = createActivities({ engineId: 'engine-1' } as Dependencies);
const run = { engine: 'engine-2', activation: 'loyalty', activationId: 1, runId: 3 };
const incident = { engine: 'engine-2', incidentId: 7 };
const error = { code: 'SourceUnreachable', category: 'source', message: '', remedy: '' } as never;

test.each([
  ['loadSnapshot', () => activities.loadSnapshot(run)],
  ['diffSegment', () => activities.diffSegment(run)],
  ['settleDiff', () => activities.settleDiff(run)],
  ['sendChunks', () => activities.sendChunks({ run, chunks: [1] })],
  ['foldSnapshot', () => activities.foldSnapshot(run)],
  ['recordState', () => activities.recordState({ run, state: 'paused' })],
  ['closeRun', () => activities.closeRun({ run, outcome: 'completed' })],
  ['openIncident', () => activities.openIncident({ run, error })],
  ['awaitProbe', () => activities.awaitProbe(incident)],
  ['probeCulprit', () => activities.probeCulprit(incident)],
  ['endIncident', () => activities.endIncident(incident)],
])('a worker takes no step %s of what another engine has opened', async (_, step) => {
  await expect(step()).rejects.toMatchObject({
    code: 'EngineMismatch',
    message: expect.stringMatching(/engine-2.*engine-1/) as string,
    remedy: expect.stringContaining('OUTFLOW_TASK_QUEUE') as string,
  });
});
