import { setTimeout as sleep } from 'node:timers/promises';
import { requestTimeoutMs } from '../activations.js';
import type { Random } from '../random.js';
import { type Act, cohortSize, type MakeAct, type Scene } from './act.js';

/** Some values change, an accident happens, and they go back to what they were. */
function aroundChanges(
  kind: string,
  random: Random,
  seconds: number,
  parameters: Act['parameters'],
  accident: (scene: Scene) => Promise<void>,
): Act {
  const afterMs = random.between(100, 1_500);
  return {
    kind,
    parameters: { afterMs, ...parameters },
    seconds,
    async perform(scene) {
      const cohort = scene.contacts.cohort(cohortSize);
      await cohort.change();
      await sleep(afterMs);
      await accident(scene);
      await cohort.changeBack();
      return true;
    },
  };
}

export const killWorker: MakeAct = (random) => {
  const worker = random.pick(['1', '2', 'both']);
  const downMs = random.between(0, 1_500);
  return aroundChanges('worker-killed', random, 4, { worker, downMs }, async ({ ground }) => {
    const killed = ground.workers.filter((_, i) => worker === 'both' || worker === String(i + 1));
    await Promise.all(killed.map((each) => each.kill()));
    await sleep(downMs);
    await Promise.all(killed.map((each) => each.start()));
  });
};

/** Time-outs of steps are ten seconds longer than a request's, so one in three stops is noticed. */
export const stopWorker: MakeAct = (random) => {
  const worker = random.between(1, 2);
  const forMs = random.chance(1 / 3)
    ? requestTimeoutMs + random.between(10_500, 12_500)
    : random.between(500, requestTimeoutMs + 3_000);
  return aroundChanges('worker-stopped', random, 3 + forMs / 1000, { worker, forMs }, async ({ ground }) => {
    const stopped = ground.workers[worker - 1]!;
    stopped.freeze();
    await sleep(forMs);
    stopped.thaw();
    await sleep(1_000); // it tells what it had sent before somebody may kill it
  });
};

export const crashTemporal: MakeAct = (random) => {
  const downMs = random.between(0, 2_000);
  return aroundChanges('temporal-killed', random, 5, { downMs }, ({ ground }) => ground.temporal.crash(downMs));
};

export const crashEngine: MakeAct = (random) => {
  const downMs = random.between(0, 2_000);
  return aroundChanges('engine-killed', random, 4, { downMs }, ({ ground }) => ground.engineServer.crash(downMs));
};

export const restartSource: MakeAct = (random) => {
  const downMs = random.between(0, 1_500);
  const how = random.pick(['crash', 'restart'] as const);
  return aroundChanges('source-restarted', random, 4, { downMs, how }, ({ ground }) => ground.source[how](downMs));
};
