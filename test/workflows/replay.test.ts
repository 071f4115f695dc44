import { readdir } from 'node:fs/promises';
import { Worker } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { historiesFolder, recordedHistory } from './record-history.js';
import { workflowBundle } from './workflow-worker.js';

const bundle = await workflowBundle();
const files = (await readdir(historiesFolder)).filter((file) => file.endsWith('.json'));

test.each(files)('a run recorded as %s is replayed by the present code', async (file) => {
  await Worker.runReplayHistory({ workflowBundle: bundle }, await recordedHistory(file));
});

test('a history that the code would not have written is noticed', async () => {
  const history = await recordedHistory('completed.json');
  const scheduled = history.events.flatMap(({ activityTaskScheduledEventAttributes: step }) => step ?? []);
  for (const { activityType } of scheduled)
    if (activityType?.name === 'loadSnapshot') activityType.name = 'diffSegment';
  await expect(Worker.runReplayHistory({ workflowBundle: bundle }, history)).rejects.toThrow(/determinism/i);
});
