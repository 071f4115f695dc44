import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { taskQueue } from '../../../src/activation/task-queues.js';
import { engineWorkflowId, readEngineRecord } from '../../../src/temporal/engine-record.js';
import { takeStock } from '../calm.js';
import { comesAbout } from '../patience.js';
import { cohortSize, type MakeAct } from './act.js';

/**
 * The engine's database goes back to a moment at which runs were under way, and the values that were sent since go back as
 * well. Temporal remembers, or nothing of it does and somebody says that the database was restored.
 */
export const setBack: MakeAct = (random) => {
  const lost = random.pick(['runs', 'moments'] as const);
  const afterMs = lost === 'runs' ? 0 : random.between(100, 1_500);
  const told = random.pick(['by Temporal', 'by a person'] as const);
  return {
    kind: 'database-set-back',
    parameters: { lost, ...(lost === 'moments' && { afterMs }), told },
    seconds: 40,
    async perform(scene) {
      const { ground, contacts, runs } = scene;
      await takeStock(scene); // afterwards everything is sent again, which would hide what was lost before
      contacts.drift();
      runs.startOver();
      await ground.engineServer.backUp();
      const cohort = contacts.cohort(cohortSize);
      await cohort.change();
      const met = lost === 'moments' || (await runs.goRound(2, 60_000));
      await sleep(afterMs);
      await Promise.all(ground.workers.map((worker) => worker.kill()));
      await ground.batch.settle();
      await ground.engineServer.putBack();
      await cohort.changeBack();
      if (told === 'by a person') {
        await forgetEngine(ground.client);
        await ground.outflow('restored', '--yes');
      }
      await Promise.all(ground.workers.map((worker) => worker.start()));
      return met;
    },
  };
};

/** Temporal's data were lost or restored as well: what it knew of the engine's database is gone. */
async function forgetEngine(client: Client): Promise<void> {
  const workflowId = engineWorkflowId(taskQueue);
  await client.workflowService.deleteWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId },
  });
  const isForgotten = await comesAbout(async () => !(await readEngineRecord(client, taskQueue)), 30_000);
  if (!isForgotten) throw new Error(`Temporal does not forget ${workflowId}.`);
}
