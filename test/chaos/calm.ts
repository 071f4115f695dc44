import type { Scene } from './acts/act.js';
import { type ActivationName, activationNames } from './activations.js';
import { check } from './check.js';
import { comesAbout, patiently } from './patience.js';
import { listActivations } from '../../src/engine/definitions/activations.js';
import { retryRejections } from '../../src/engine/runs/rejections.js';

const runsEndWithinMs = 180_000;

/** Calms down, compares, and adds what is wrong to what was found before. */
export async function takeStock(scene: Scene): Promise<void> {
  const unfinished = await calmDown(scene);
  const { lost, rejected, left } = await check(scene.ground);
  scene.found.lost.push(...lost);
  scene.found.rejected.push(...rejected);
  scene.found.left.push(...unfinished, ...left);
}

/**
 * Ends all that is wrong, as the people would who run it, waits until the runs under way are over, and runs each activation
 * once more. Returns what did not come to its end.
 */
async function calmDown(scene: Scene): Promise<string[]> {
  const { ground, contacts, runs } = scene;
  await contacts.endDrift();
  runs.stopStarting();
  ground.way.letGo();
  ground.way.leadToBatch();
  ground.wayToTemporal.mend();
  await ground.batch.setWeather({});
  await ground.batch.poison([]);
  await ground.batch.releaseHeld();
  for (const worker of ground.workers) {
    worker.thaw();
    await worker.start();
  }
  await Promise.all(ground.workers.map((worker) => worker.serves()));
  await patiently(() => ground.outflow('resume', ...activationNames));

  const openRuns = (): Promise<{ workflow_id: string }[]> =>
    ground.stored('select workflow_id from outflow.run where outcome is null');
  const areOver = await runs.areOver(runsEndWithinMs);
  if (!areOver || !(await comesAbout(async () => (await openRuns()).length === 0, runsEndWithinMs))) {
    const open = [...runs.openIds(), ...(await openRuns()).map(({ workflow_id: id }) => id)];
    return [`still open: ${[...new Set(open)].join(', ')}`];
  }
  for (const { activationId } of await listActivations(ground.engine.db)) {
    await retryRejections(ground.engine, activationId);
  }
  return (await Promise.all(activationNames.map((name) => lastRun(scene, name)))).flat();
}

/** The last run of an activation, which must be complete. */
async function lastRun({ ground, runs }: Scene, name: ActivationName): Promise<string[]> {
  const workflowId = await runs.start(name);
  const handle = ground.client.workflow.getHandle(workflowId);
  const result = (await handle.result().catch((error: unknown) => ({ outcome: String(error) }))) as {
    outcome: string;
  };
  return result.outcome === 'completed' ? [] : [`the last run of ${name}: ${JSON.stringify(result)}`];
}
