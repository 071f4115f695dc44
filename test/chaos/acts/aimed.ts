import { setTimeout as sleep } from 'node:timers/promises';
import { requestTimeoutMs } from '../activations.js';
import { apiKeyOf, apps } from '../batch.js';
import { lateAcknowledgements } from '../check.js';
import { gateLock } from '../contacts.js';
import { comesAbout } from '../patience.js';
import { type Act, cohortSize, type MakeAct, type Scene } from './act.js';

const comesWithinMs = 15_000;

/**
 * Between attempt and acknowledgement: Batch has applied calls of one key and answered none. The workers are killed, or
 * the runs ended, and the values go back.
 */
export const endBeforeAnswer: MakeAct = (random) => {
  const app = random.pick(apps);
  const calls = random.between(1, 3);
  const end = random.pick(['kill', 'terminate', 'kill and terminate', 'cancel'] as const);
  return {
    kind: 'ended-before-answer',
    parameters: { app, calls, end },
    seconds: 6,
    async perform({ ground, contacts, runs }) {
      const cohort = contacts.cohort(cohortSize);
      await ground.batch.setWeather({ apiKey: apiKeyOf(app), hold: { next: calls } });
      await cohort.change();
      const met = await comesAbout(async () => (await ground.batch.heldCalls()) > 0, comesWithinMs);
      if (end.startsWith('kill')) await Promise.all(ground.workers.map((worker) => worker.kill()));
      if (end.endsWith('terminate')) await runs.terminate();
      if (end === 'cancel') {
        await runs.cancel();
        await sleep(requestTimeoutMs);
      }
      await cohort.changeBack();
      await ground.batch.setWeather({});
      await ground.batch.releaseHeld();
      await Promise.all(ground.workers.map((worker) => worker.start()));
      return met;
    },
  };
};

/** Another server answers in Batch's place, as a login page of the network does. What it takes must not count as sent. */
export const answerAsStranger: MakeAct = (random) => {
  const calls = random.between(1, 4);
  return {
    kind: 'answered-by-stranger',
    parameters: { calls },
    seconds: 5,
    async perform({ ground, contacts }) {
      const cohort = contacts.cohort(cohortSize);
      const before = ground.way.answeredByStranger;
      ground.way.leadAstray();
      await cohort.change();
      const hasAnswered = () => Promise.resolve(ground.way.answeredByStranger >= before + calls);
      const met = await comesAbout(hasAnswered, comesWithinMs);
      ground.way.leadToBatch();
      return met;
    },
  };
};

/** The workers are killed while one reads the segment of `loyalty` and has passed a part of it. */
export const killDiff: MakeAct = (random) => {
  const share = random.between(10, 90);
  return {
    kind: 'killed-while-diffing',
    parameters: { share },
    seconds: 8,
    async perform({ ground, contacts }) {
      const gate = await ground.sourcePool.connect();
      try {
        await gate.query('insert into closed_gate values ($1)', [Math.floor((contacts.count * share) / 100)]);
        await gate.query(`select pg_advisory_lock(${gateLock})`);
        const cohort = contacts.cohort(cohortSize);
        await cohort.change();
        const waiting = `select from pg_locks where locktype = 'advisory' and not granted`;
        const met = await comesAbout(async () => (await gate.query(waiting)).rowCount! > 0, comesWithinMs);
        await sleep(300); // chunks of the part that was read are stored
        await Promise.all(ground.workers.map((worker) => worker.kill()));
        await cohort.changeBack();
        return met;
      } finally {
        await gate.query('delete from closed_gate');
        await gate.query(`select pg_advisory_unlock(${gateLock})`);
        gate.release();
        await Promise.all(ground.workers.map((worker) => worker.start()));
      }
    },
  };
};

/** The workers are killed while one writes the blocks of a new generation. */
export const killFold: MakeAct = () => ({
  kind: 'killed-while-folding',
  parameters: {},
  seconds: 8,
  async perform({ ground, contacts }) {
    const client = await ground.connectToEngine();
    try {
      // Blocks can be read meanwhile, and not be written.
      await client.query('begin; lock table outflow.snapshot_block in exclusive mode');
      const cohort = contacts.cohort(2 * cohortSize);
      await cohort.change();
      const waiting = `select from pg_locks where relation = 'outflow.snapshot_block'::regclass and not granted`;
      const met = await comesAbout(async () => (await client.query(waiting)).rowCount! > 0, comesWithinMs);
      await Promise.all(ground.workers.map((worker) => worker.kill()));
      await cohort.changeBack();
      return met;
    } finally {
      await client.end();
      await Promise.all(ground.workers.map((worker) => worker.start()));
    }
  },
});

/** Ends what the first worker does, and lets another one do new runs, until nothing is open. */
async function newRunsTakeOver({ ground, runs }: Scene): Promise<void> {
  await runs.terminate();
  await ground.workers[1].start();
  await runs.goRound(2, 60_000); // the first to end may be those that were terminated
  runs.stopStarting();
  await runs.areOver(60_000);
}

/** As above, but only until new runs have taken their claims: none has folded what the first worker is about to acknowledge. */
async function newRunsOpen({ ground, runs }: Scene): Promise<void> {
  const [newest] = await ground.stored<{ run: number }>('select max(run_id) as run from outflow.run');
  await runs.terminate();
  runs.startOver();
  await ground.workers[1].start();
  const open = 'select from outflow.run where run_id <= ? and finished_at is null';
  await comesAbout(async () => (await ground.stored(open, newest!.run)).length === 0, 30_000);
}

async function backToNormal({ ground, runs }: Scene): Promise<void> {
  ground.wayToTemporal.mend();
  await ground.batch.setWeather({});
  await ground.batch.releaseHeld();
  await Promise.all(ground.workers.map((worker) => worker.start()));
  runs.startOver();
}

/** Only the first worker works, and nothing is open until runs are started again: so nothing waits for time-outs. */
async function leaveOneWorker({ ground, runs }: Scene): Promise<void> {
  runs.stopStarting();
  await runs.areOver(30_000);
  await ground.workers[1].kill();
  await ground.workers[0].start();
  await ground.workers[0].serves();
}

/** The first worker gets no more work: one that is stopped would still stand in line for some. */
function cutOff({ ground }: Scene): void {
  ground.wayToTemporal.cut();
}

function aimed(kind: string, seconds: number, perform: (scene: Scene) => Promise<boolean>): Act {
  return { kind, parameters: {}, seconds, perform };
}

/** Statements of a sender, as the engine's database sees them; chunks of runs that are about to make one; and what it waits for. */
const statements = {
  mark: {
    text: '%attempted_at = clock_timestamp()%',
    isNext: 'bool_or(k.attempted_at is null)',
    // Of others no claim: a transaction that waits for it would hold it for as long as its process is stopped.
    lock: (runs: string) => `select from outflow.claim where run_id in (${runs}) for update`,
  },
  /** Before it acknowledges a chunk with refused contacts. */
  refusals: {
    text: 'copy outflow.rejection %',
    isNext: 'bool_or(k.requests > 0)',
    lock: () => 'lock table outflow.rejection in exclusive mode',
  },
} as const;

/**
 * Stops the first worker with the answer to such a statement unread, while a run sends. False when that did not come about;
 * it is stopped all the same.
 */
async function stopAfter(statement: keyof typeof statements, scene: Scene): Promise<boolean> {
  const { text, isNext, lock } = statements[statement];
  const [first] = scene.ground.workers;
  const client = await scene.ground.connectToEngine();
  const finds = async (query: string): Promise<boolean> => (await client.query(query)).rowCount! > 0;
  const runs = `select d.run_id from outflow.claim join outflow.run_diff d using (run_id)
      join outflow.change_chunk k using (run_id, diff_attempt)
      where k.kind = 'send' and k.acked_at is null group by d.run_id having ${isNext}`;
  // Within a transaction the view shows what it showed first.
  const waiting = `select from pg_stat_clear_snapshot(), pg_stat_activity where wait_event_type = 'Lock' and query like '${text}'`;
  const stop = async (): Promise<boolean> => {
    if (!(await finds(runs))) return false;
    await client.query(lock(runs));
    const isWaiting = await comesAbout(() => finds(waiting), 3_000);
    if (isWaiting) first.freeze();
    return isWaiting;
  };
  try {
    return await comesAbout(
      async () => {
        await client.query('begin');
        const isStopped = await stop();
        await client.query('commit');
        return isStopped;
      },
      comesWithinMs,
      20,
    );
  } finally {
    await client.end();
    cutOff(scene);
    first.freeze();
  }
}

/**
 * A worker is stopped after its call was marked and before it is posted. Its run is ended, the values go back, and new runs
 * send that. Then it goes on, and is killed as soon as a call of it arrives, so that it can tell nobody.
 */
export const stopBeforePost: MakeAct = () =>
  aimed('stopped-before-post', 25, async (scene) => {
    const { ground, contacts, runs } = scene;
    const [first] = ground.workers;
    await leaveOneWorker(scene);
    const cohort = contacts.cohort(2 * cohortSize);
    await ground.batch.setWeather({ latencyMs: 300 }); // a run is sending for a while
    await cohort.change();
    runs.startOver();
    const met = await stopAfter('mark', scene);
    await cohort.changeBack();
    await newRunsTakeOver(scene);
    await ground.batch.setWeather({ hold: true });
    first.thaw();
    await comesAbout(async () => (await ground.batch.heldCalls()) > 0, 2_500);
    await first.kill();
    await ground.batch.settle();
    await backToNormal(scene);
    return met;
  });

/**
 * A worker is stopped after the apps have answered, while it notes that a contact was refused, and before it acknowledges.
 * Its run is ended, the values go back, and a new run takes over. Then it goes on.
 */
export const stopBeforeAcknowledgement: MakeAct = () =>
  aimed('stopped-before-acknowledgement', 25, async (scene) => {
    const { ground, contacts, runs } = scene;
    const [first] = ground.workers;
    await leaveOneWorker(scene);
    const cohort = contacts.cohort(cohortSize);
    const { poisoned } = ground.batch;
    await ground.batch.poison([...poisoned, cohort.emails[0]!]);
    await ground.batch.setWeather({ latencyMs: 20 }); // a run is sending for a while
    await cohort.change();
    await runs.start('loyalty'); // alone: others that end would wait for the same lock, with their claims locked
    const met = await stopAfter('refusals', scene);
    await cohort.changeBack();
    await newRunsOpen(scene);
    const known = await lateSends(scene);
    first.thaw();
    const hasTold = async () => (await lateSends(scene)) > known || (await lateAcknowledgements(ground)).length > 0;
    await comesAbout(hasTold, 5_000);
    await ground.batch.poison(poisoned);
    await backToNormal(scene);
    return met;
  });

/**
 * A worker is stopped while its calls are on the way. Its run is ended, the values go back, and new runs send that. Then
 * the calls arrive, and the worker goes on.
 */
export const arriveLate: MakeAct = () =>
  aimed('arrived-late', 30, async (scene) => {
    const { ground, contacts, runs } = scene;
    const [first] = ground.workers;
    await leaveOneWorker(scene);
    const cohort = contacts.cohort(cohortSize);
    await cohort.change();
    ground.way.catchNext(3);
    runs.startOver();
    const met = await comesAbout(() => Promise.resolve(ground.way.caught > 0), comesWithinMs, 10);
    cutOff(scene);
    first.freeze();
    await cohort.changeBack();
    await newRunsTakeOver(scene);
    ground.way.letGo();
    await sleep(200);
    await ground.batch.settle();
    const known = await lateSends(scene);
    first.thaw();
    // It must not be killed before it has told what it sent: then nobody could know.
    await comesAbout(async () => (await lateSends(scene)) > known, 12_000);
    await backToNormal(scene);
    return met;
  });

async function lateSends({ ground }: Scene): Promise<number> {
  const [counted] = await ground.stored<{ sent: number }>('select count(*) as sent from outflow.late_send');
  return counted!.sent;
}

/**
 * Calls stay on the way for longer than their deadline. Their run is ended, the values go back, and new runs send that. Then
 * the calls would arrive if their sender still waited for them, which is killed at that moment.
 */
export const passDeadline: MakeAct = () =>
  aimed('passed-deadline', 25, async (scene) => {
    const { ground, contacts, runs } = scene;
    const [first] = ground.workers;
    await leaveOneWorker(scene);
    const cohort = contacts.cohort(cohortSize);
    await cohort.change();
    ground.way.catchNext(3);
    runs.startOver();
    const met = await comesAbout(() => Promise.resolve(ground.way.caught > 0), comesWithinMs, 10);
    ground.way.catchNext(0);
    cutOff(scene);
    await cohort.changeBack();
    await newRunsTakeOver(scene);
    first.freeze();
    ground.way.letGo();
    await sleep(200);
    await ground.batch.settle();
    await first.kill();
    await backToNormal(scene);
    return met;
  });
