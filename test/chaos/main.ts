import { setTimeout as sleep } from 'node:timers/promises';
import type { Scene } from './acts/act.js';
import { activationNames } from './activations.js';
import { Attendant } from './attendant.js';
import { takeStock } from './calm.js';
import { lateAcknowledgements } from './check.js';
import { Contacts } from './contacts.js';
import { Ground } from './ground.js';
import { type ChaosOptions, readOptions } from './options.js';
import { described, perform, plan, type PlannedAct } from './plan.js';
import { patiently } from './patience.js';
import { Random } from './random.js';
import { Runs } from './runs.js';
import { sentTwice } from './sent-twice.js';

/** What is printed as the last line. */
interface Outcome {
  ok: boolean;
  /** Injected, all kinds together. */
  faults: number;
  /** Requests whose body the same app had been sent before. */
  resent: number;
  /** Attributes at an app that are not what the segment says and that nothing says are owed: 0, or a promise is broken. */
  lost: number;
  seed: number;
}

const interruptedExitCode = 130;
const mostListed = 20;

/** Injects faults into running activations, then compares. Exit code 0 when nothing was lost, else 1. */
async function chaos(): Promise<void> {
  const options = readOptions();
  const ground = await Ground.make(options.without, say);
  const interrupted = new Promise<'interrupted'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve('interrupted'));
  });
  let keep = options.keep;
  try {
    const outcome = await Promise.race([injectAndCheck(ground, options), interrupted]);
    if (outcome === 'interrupted') {
      process.exitCode = interruptedExitCode;
      return;
    }
    keep ||= !outcome.ok;
    process.exitCode = outcome.ok ? 0 : 1;
    process.stdout.write(`${JSON.stringify(outcome)}\n`);
  } catch (error) {
    keep = true;
    throw error;
  } finally {
    await ground.end(keep);
    if (keep) say(`Data and logs are in ${ground.folder}`);
  }
}

async function injectAndCheck(ground: Ground, { minutes, seed }: ChaosOptions): Promise<Outcome> {
  const random = new Random(seed);
  const planned = plan(random.fork(), minutes);
  const contacts = new Contacts(ground.sourcePool, Math.min(4_000, 1_600 + Math.ceil(200 * minutes)), random.fork());
  const found = { lost: [], rejected: [], left: [] };
  const scene: Scene = { ground, contacts, runs: new Runs(ground), found };
  await firstRuns(scene);

  say(`Seed ${seed}: ${planned.length} acts, ${contacts.count} contacts.`);
  const attendant = new Attendant(ground);
  contacts.drift();
  scene.runs.startOver();
  attendant.begin();
  const late = await performAll(planned, scene);

  say('Calm.');
  await takeStock(scene);
  await attendant.end();
  const { lost, rejected, left } = scene.found;
  const ended = ground.workers.flatMap(({ name, endedByItself }) =>
    endedByItself.map((words) => `${name} ended: ${words}`),
  );
  const wrong = [...late, ...left, ...ended];
  const resent = sentTwice(await ground.batch.requests());
  const faults = countFaults(planned);
  list('Rejected, and owed', rejected);
  list('Wrong', wrong);
  list('Lost', lost);
  say(
    `Faults: ${Object.entries(faults)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', ')}.`,
  );
  say(`Runs: ${await runsByOutcome(ground)}.`);
  say(`Requests sent twice: ${resent}. Lost updates: ${lost.length}.`);
  return {
    ok: lost.length === 0 && wrong.length === 0,
    faults: Object.values(faults).reduce((sum, count) => sum + count, 0),
    resent,
    lost: lost.length,
    seed,
  };
}

/** Every contact is sent while nothing is wrong. */
async function firstRuns({ ground, contacts, runs }: Scene): Promise<void> {
  await contacts.create();
  await ground.apply(ground.mappings);
  for (const worker of ground.workers) await worker.start();
  for (const name of activationNames) await runs.start(name);
  if (!(await runs.areOver(120_000))) throw new Error('The first runs do not end, with nothing wrong yet.');
}

/** Returns what was wrong meanwhile and may not show afterwards. */
async function performAll(planned: readonly PlannedAct[], scene: Scene): Promise<string[]> {
  const startedAt = Date.now();
  const late = new Set<string>();
  for (const [i, next] of planned.entries()) {
    await sleep(next.gapMs);
    const at = ((Date.now() - startedAt) / 1000).toFixed(1).padStart(6);
    const met = await perform(next, scene);
    say(`${at} s  ${String(i + 1).padStart(3)}  ${described(next)}${met ? '' : '  (not met)'}`);
    for (const each of await patiently(() => lateAcknowledgements(scene.ground))) late.add(each);
  }
  return [...late];
}

function countFaults(planned: readonly PlannedAct[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of planned.flatMap(({ act, weather }) => (weather ? [act, weather] : [act]))) {
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

async function runsByOutcome(ground: Ground): Promise<string> {
  const rows = await ground.stored<{ outcome: string; code: string | null; count: number }>(
    `select outcome, error ->> 'code' as code, count(*) from outflow.run group by 1, 2 order by 3 desc`,
  );
  return rows.map(({ outcome, code, count }) => `${count} ${outcome}${code === null ? '' : ` (${code})`}`).join(', ');
}

function list(title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  say(`${title}: ${lines.length}`);
  for (const line of lines.slice(0, mostListed)) say(`  ${line}`);
  if (lines.length > mostListed) say(`  and ${lines.length - mostListed} more`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

await chaos();
process.exit(); // runs that were interrupted may still be waited for
