import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { engineId } from '../../../src/engine/database/database.js';
import { openIncidents } from '../../../src/engine/incidents/incidents.js';
import { wakeRecovery } from '../../../src/temporal/recovery-workflow.js';
import { activations, type ActivationName, activationNames } from '../activations.js';
import type { Ground } from '../ground.js';
import { approve, heldRuns } from '../held-runs.js';
import { comesAbout, patiently } from '../patience.js';
import { cohortSize, type MakeAct, type Scene } from './act.js';

/** By the signal alone, as in Temporal's UI, or by the commands. */
export const pauseAndResume: MakeAct = (random) => {
  const activation = random.pick(activationNames);
  const by = random.pick(['signal', 'command']);
  const forMs = random.between(300, 3_000);
  return {
    kind: 'paused-and-resumed',
    parameters: { activation, by, forMs },
    seconds: 4,
    async perform({ ground, contacts, runs }) {
      const cohort = contacts.cohort(cohortSize);
      await cohort.change();
      const tell = (what: 'pause' | 'resume') =>
        by === 'signal' ? runs.signal(what, activation) : patiently(() => ground.outflow(what, activation));
      await tell('pause');
      await sleep(forMs);
      await cohort.changeBack();
      await tell('resume');
      return true;
    },
  };
};

/** Ends a run in the middle of its work; the values that it was to send go back. */
function ending(kind: string, end: (scene: Scene, activation: ActivationName) => Promise<void>): MakeAct {
  return (random) => {
    const activation = random.pick(activationNames);
    const afterMs = random.between(100, 2_000);
    return {
      kind,
      parameters: { activation, afterMs },
      seconds: 3,
      async perform(scene) {
        const cohort = scene.contacts.cohort(cohortSize);
        await cohort.change();
        await sleep(afterMs);
        await end(scene, activation);
        await cohort.changeBack();
        return true;
      },
    };
  };
}

export const cancel = ending('cancelled', ({ runs }, activation) => runs.cancel(activation));
export const terminate = ending('terminated', ({ runs }, activation) => runs.terminate(activation));

/** To after its first step, its second, or its last. */
export const reset: MakeAct = (random) => {
  const activation = random.pick(activationNames);
  const to = random.pick([1, 2, 3, -1]);
  const afterMs = random.between(300, 2_000);
  return {
    kind: 'reset',
    parameters: { activation, to, afterMs },
    seconds: 3,
    async perform({ ground, contacts, runs }) {
      const cohort = contacts.cohort(cohortSize);
      await cohort.change();
      await sleep(afterMs);
      const [workflowId] = runs.openIds(activation);
      if (workflowId !== undefined) await resetWorkflow(ground, workflowId, to);
      await cohort.changeBack();
      return workflowId !== undefined;
    },
  };
};

/** Does nothing where the history is shorter. */
async function resetWorkflow({ client }: Ground, workflowId: string, to: number): Promise<void> {
  await patiently(async () => {
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    const completed = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
    const point = completed.at(to === -1 ? -1 : to - 1);
    if (point === undefined) return;
    await client.workflowService.resetWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId },
      reason: 'chaos',
      workflowTaskFinishEventId: point.eventId!,
      requestId: randomUUID(),
    });
  });
}

export const startTwice: MakeAct = (random) => {
  const activation = random.pick(activationNames);
  const starts = random.between(2, 3);
  // A full run sends everything again, which would hide what was lost: of one activation only.
  const full = activation === 'guarded' && random.chance(0.5);
  return {
    kind: 'started-at-once',
    parameters: { activation, starts, full },
    seconds: 1,
    async perform({ runs }) {
      await Promise.all(Array.from({ length: starts }, () => runs.start(activation, full ? 'full' : undefined)));
      return true;
    },
  };
};

export const changeMapping: MakeAct = (random) => {
  const activation = random.pick(activationNames);
  const mapping = random.between(0, activations[activation].mappings.length - 1);
  return {
    kind: 'mapping-changed',
    parameters: { activation, mapping },
    seconds: 1,
    async perform({ ground }) {
      await ground.apply({ ...ground.mappings, [activation]: mapping });
      return true;
    },
  };
};

export const changeType: MakeAct = (random) => {
  const column = random.pick(['score', 'points'] as const);
  const type = random.pick(['int', 'bigint', 'numeric', 'text']);
  return {
    kind: 'type-changed',
    parameters: { column, type },
    seconds: 1,
    perform: ({ contacts }) => contacts.retype(column, type),
  };
};

/** Contacts that Batch refuses until they are healed, by none at the latest. */
export const poison: MakeAct = (random) => {
  const contacts = random.pick([0, 1, 3]);
  const first = random.between(1, 500);
  return {
    kind: contacts === 0 ? 'healed' : 'poisoned',
    parameters: { contacts, first },
    seconds: 1,
    async perform({ ground, contacts: all }) {
      const numbers = Array.from({ length: contacts }, (_, i) => 1 + ((first + 97 * i) % all.count));
      await ground.batch.poison(numbers.map((n) => all.emailOf(n)));
      return true;
    },
  };
};

/** More changes than a guard allows. The run is held, and approved, or cancelled: then the next one is held. */
export const changeTooMuch: MakeAct = (random) => {
  const column = random.pick(['note', 'shape'] as const);
  const then = random.pick(['approve', 'approve', 'approve and kill', 'cancel'] as const);
  return {
    kind: 'held',
    parameters: { column, then },
    seconds: 6,
    async perform({ ground, contacts, runs }) {
      await contacts.changeMany(column, 0.8);
      const met = await comesAbout(async () => (await heldRuns(ground)).length > 0, 15_000);
      if (then === 'cancel') await runs.cancel('guarded');
      for (const held of then === 'cancel' ? [] : await heldRuns(ground)) await approve(ground, held);
      if (then === 'approve and kill') {
        await Promise.all(ground.workers.map((worker) => worker.kill()));
        await Promise.all(ground.workers.map((worker) => worker.start()));
      }
      return met;
    },
  };
};

/** Columns without which the query of `loyalty` does not work, and `profile` has not what it sends. */
const columnsMissed = { query: 'opted_in', attribute: 'likes' } as const;

/** What a repeat cannot mend: Batch refuses the keys, or a column is gone. Activations are paused until it is mended. */
export const pauseAutomatically: MakeAct = (random) => {
  const code = random.pick([401, 403, 404] as const);
  const cause = random.pick(['keys', 'query', 'attribute'] as const);
  const end = random.pick(['probe', 'check', 'resume'] as const);
  return {
    kind: 'paused-automatically',
    parameters: { cause, ...(cause === 'keys' && { code }), end },
    seconds: 8,
    async perform({ ground, contacts }) {
      const cohort = contacts.cohort(cohortSize);
      await cohort.change();
      if (cause === 'keys') await ground.batch.setWeather({ status: { code } });
      else await contacts.renameColumn(columnsMissed[cause], 'missed');
      const met = await comesAbout(async () => (await openIncidents(ground.engine.db)).length > 0, 15_000);
      if (cause === 'keys') await ground.batch.setWeather({});
      else await contacts.renameColumn('missed', columnsMissed[cause]);
      await cohort.changeBack();
      // A run that had begun before may open another one.
      const allOver = async (): Promise<boolean> => {
        const open = await openIncidents(ground.engine.db);
        for (const incident of open) {
          if (end === 'probe') await wakeRecovery(ground.client, await engineId(ground.engine), incident);
          else await ground.outflow(end, ...incident.activations);
        }
        return open.length === 0;
      };
      return (await comesAbout(allOver, 20_000, 2_000)) && met;
    },
  };
};
