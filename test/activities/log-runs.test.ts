import { expect, test } from 'vitest';
import { loggingRuns } from '../../src/activities/log-runs.js';
import type { RecoverySteps } from '../../src/activation/steps.js';
import { found, opened, resultOf, run, scriptedSteps } from '../workflows/scripted-steps.js';

const lines: object[] = [];
const { steps } = scriptedSteps({ closeRun: () => Promise.resolve(resultOf('completed')) });
const logging = loggingRuns({ ...steps, ...({} as RecoverySteps) }, (level, message, fields) =>
  lines.push({ level, message, ...fields }),
);

test('a run has a line where it begins and one where it ends, with its figures', async () => {
  await logging.openRun({ request: {}, scheduled: false, firstRunId: 'first' });
  await logging.closeRun({ run, outcome: 'completed' });
  expect(lines.splice(0)).toEqual([
    { level: 'info', message: 'A run has begun.', activation: 'loyalty', run: opened.run.runId },
    {
      level: 'info',
      message: 'A run has ended.',
      ...{ activation: 'loyalty', run: 7, outcome: 'completed', seconds: 10 },
      counts: expect.objectContaining({ read: found.read, accepted: 40 }) as object,
    },
  ]);
});

test('holds, waits and incidents have lines of their own, and an ordinary state has none', async () => {
  const since = '2026-11-24T22:00:00.000Z';
  await logging.recordState({ run, state: 'sending' });
  await logging.recordState({ run, state: 'held', hold: { name: 'run-7', guards: [], since } });
  await logging.recordState({ run, state: 'diffing', waiting: { for: 'earlier-requests', since, until: since } });
  const error = {
    code: 'SourceUnreachable',
    category: 'connection',
    culprit: 'source',
    message: '',
    remedy: '',
  } as const;
  await logging.openIncident({ run, error });
  expect(lines.splice(0)).toMatchObject([
    { level: 'warn', message: 'A run is held.', hold: 'run-7' },
    { level: 'warn', message: 'A run waits.', waiting: { for: 'earlier-requests' } },
    { level: 'error', message: 'An incident pauses activations.', incident: 3, culprit: 'source', paused: ['loyalty'] },
  ]);
});
