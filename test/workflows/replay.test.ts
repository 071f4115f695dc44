import { readdir } from 'node:fs/promises';
import { Worker } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { HISTORY_SUFFIX, historiesFolder, recordedHistory } from './record-history.js';
import { workflowBundle } from './workflow-worker.js';

const bundle = await workflowBundle();
const kinds = (await readdir(historiesFolder)).map((file) => file.slice(0, -HISTORY_SUFFIX.length));

test.each(kinds)('a run recorded as %s is replayed by the present code', async (kind) => {
  await Worker.runReplayHistory({ workflowBundle: bundle }, await recordedHistory(kind));
});

test('a history that the code would not have written is noticed', async () => {
  const history = await recordedHistory('completed');
  const scheduled = history.events.flatMap(({ activityTaskScheduledEventAttributes: step }) => step ?? []);
  for (const { activityType } of scheduled)
    if (activityType?.name === 'loadSnapshot') activityType.name = 'diffSegment';
  await expect(Worker.runReplayHistory({ workflowBundle: bundle }, history)).rejects.toThrow(/determinism/i);
});
