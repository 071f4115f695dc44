import { setTimeout as sleep } from 'node:timers/promises';
import { formatNumber } from '../../text/figure.js';
import { command, type DemoContext, type ToldRun, until } from './context.js';
import { restSchedules } from './schedules-at-rest.js';
import { SentTwice, sentTwiceTable } from './sent-twice.js';
import { openRunProgress, resultsOf, showUntilEnded } from './watched-run.js';

/** Of the stand-in, so that the run is long enough to be disturbed. */
const latencyMs = 150;

/** A first run, which is paused, resumed, and whose worker is killed at the worst moment. */
export async function showFirstRun(context: DemoContext): Promise<ToldRun> {
  const { account, narrator, signal } = context;
  narrator.chapter(
    'The first run, disturbed on purpose',
    'Batch has nothing yet, so every attribute is sent: in chunks, each to both apps. A run is a',
    'Temporal workflow: it can be paused, and it outlives the worker that carries it out.',
  );
  await account.setFaults({ latencyMs });
  const ended = new AbortController();
  const running = command(context, ['run', 'loyalty', '--json'], signal);
  running.then(
    () => ended.abort(new Error('The first run ended before everything was shown')),
    (error: unknown) => ended.abort(error),
  );
  const undisturbed = AbortSignal.any([signal, ended.signal]);
  await pauseAndResume(context, undisturbed);
  const sentTwice = await killWorker(context, undisturbed);
  await showUntilEnded(context, ['loyalty'], running, () => sentTwice.look());
  const [result] = resultsOf((await running).stdout);
  await sentTwice.look();

  narrator.done(
    'The run has ended as if nothing had happened. Nobody knew whether these calls had arrived: sent twice.',
  );
  narrator.quote(sentTwiceTable(sentTwice.calls()));
  narrator.say('Setting an attribute twice changes nothing. What was acknowledged before was not sent again.');
  return { title: 'first run', result: result! };
}

async function pauseAndResume(context: DemoContext, signal: AbortSignal): Promise<void> {
  const { account, narrator, engine } = context;
  await until(async () => (await acceptedCalls(context)) >= 2, signal);
  // Nothing is answered until the pause has been asked for: on a fast machine the run would be over before.
  await account.setFaults({ latencyMs, hold: { application: true } });
  const { stdout } = await command(context, ['pause', 'loyalty', '--reason', 'lunch'], signal);
  narrator.quote(stdout);
  await account.setFaults({ latencyMs });
  await account.release();
  await until(async () => (await openRunProgress(engine, 'loyalty'))?.result.state === 'paused', signal);
  await account.settled();

  const [before, progress] = [await acceptedCalls(context), await openRunProgress(engine, 'loyalty')];
  await sleep(1_500);
  const calls = (await acceptedCalls(context)) - before;
  const { chunksDone = 0, chunks = 0 } = progress ?? {};
  narrator.done(
    `Paused with ${formatNumber(chunksDone)} of ${formatNumber(chunks)} chunks acknowledged. Calls in 1.5 s: ${calls}.`,
  );

  await account.setFaults({ hold: { application: true } });
  const resumed = await command(context, ['resume', 'loyalty'], signal);
  narrator.quote(resumed.stdout);
  await restSchedules(context);
}

/** While calls are held: received, neither applied nor answered. They are applied once the worker is dead. */
async function killWorker({ account, narrator, worker }: DemoContext, signal: AbortSignal): Promise<SentTwice> {
  await until(async () => (await account.held()) > 0, signal);
  await sleep(500); // the other chunks under way arrive too
  const received = (await account.requests()).filter(({ answer }) => answer === 'held');
  const pid = await worker.kill();
  narrator.command(`kill -9 ${pid}`);
  narrator.done(
    `Killed the worker with ${received.length} calls on the wire: Batch has them and applies them, its answers find nobody.`,
  );
  await account.setFaults({});
  await account.release();
  await account.settled();
  await worker.start();
  narrator.done('Started another worker. It gets the chunks when Temporal has missed heartbeats for 15 s.');
  return new SentTwice(account, received);
}

async function acceptedCalls({ account }: DemoContext): Promise<number> {
  return (await account.requests()).filter(({ status }) => status === 202).length;
}
