import { OutflowError } from '../../activation/errors.js';
import type { RunResult } from '../../activation/run.js';
import { formatNumber } from '../../text/figure.js';
import { plural } from '../../text/words.js';
import { batchKeys } from './batch-account.js';
import { CleanUps } from './clean-ups.js';
import { compareWithBatch, type Comparison } from './compare.js';
import { command, type DemoContext, type ToldRun } from './context.js';
import { minCustomers } from './demo-definitions.js';
import { takeDemoFolder } from './demo-folder.js';
import { showFirstRun } from './first-run.js';
import { listenForInterruption } from './interruption.js';
import { showChanges, showOtherActivation, showUnchangedRun } from './later-runs.js';
import { narratorOn } from './narrator.js';
import { runsOverview } from './runs-overview.js';
import { wakeSchedules } from './schedules-at-rest.js';
import { setUp } from './set-up.js';

export interface DemoOptions {
  /** Ends by itself; else the servers stay up, with the schedules live, until Ctrl-C. */
  once: boolean;
  /** The result as one line of JSON on stdout; what is told goes to stderr. */
  json: boolean;
  /** Alters a value at Batch before the comparison, which must find it. */
  spoil: boolean;
  /** Size of the shop, at least 1,000. */
  customers: number;
}

/** The demo's last line of stdout with `json`. */
export interface DemoResult extends Comparison {
  /** Nothing differs, and nothing was created. */
  ok: boolean;
  /** The newest first. */
  runs: RunResult[];
}

const interruptedExitCode = 130;

/**
 * Shows Outflow on a shop, a Batch stand-in and servers of its own, in `.outflow/demo` of the current folder. Returns the
 * exit code: 0 when Batch has exactly what the shop says, 1 when not, 130 when it was interrupted before that was known.
 * Everything that it started has ended then, also when it throws; after a failure the folder is left with its logs.
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  if (options.customers < minCustomers) {
    throw new OutflowError(
      'InputInvalid',
      `A shop of ${formatNumber(options.customers)} customers is too small for the demo.`,
      `Use --customers ${minCustomers} or more.`,
    );
  }
  const interruption = listenForInterruption();
  const cleanUps = new CleanUps();
  cleanUps.add(() => {
    interruption.stopListening();
  });
  let ended: 'as told' | 'interrupted' | 'failed' = 'failed';
  let isExact: boolean | undefined;
  try {
    const folder = await takeDemoFolder();
    cleanUps.add(() => (ended === 'failed' ? folder.leave() : folder.remove()));
    const narrator = narratorOn(options.json ? process.stderr : process.stdout);
    const commands = new AbortController();
    const signal = AbortSignal.any([interruption.signal, commands.signal]);
    const context = await setUp({ customers: options.customers, folder, narrator, signal, cleanUps });
    cleanUps.add(() => {
      commands.abort(); // a failure leaves one under way
    });
    isExact = (await show(context, options)).ok;
    if (!options.once) {
      await inviteToTry(context);
      await interruption.arrived();
    }
    ended = 'as told';
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    ended = 'interrupted';
  } finally {
    await cleanUps.run();
  }
  if (isExact === undefined) return interruptedExitCode;
  return isExact ? 0 : 1;
}

async function show(context: DemoContext, { spoil, json }: DemoOptions): Promise<DemoResult> {
  const { account, narrator, shop, signal, stack } = context;
  const runs: ToldRun[] = [await showFirstRun(context), await showOtherActivation(context)];
  runs.push(...(await showChanges(context)), ...(await showUnchangedRun(context)));
  runs.sort((one, other) => one.result.runId - other.result.runId);

  narrator.chapter(
    'Is Batch in step with the shop?',
    'SQL of its own on the shop says what each attribute must be; the stand-in says what it is.',
  );
  narrator.quote(runsOverview(runs));
  if (spoil) {
    const { key } = await account.spoil(batchKeys.ios);
    narrator.done(`--spoil: altered ${key} of one contact at ios.`);
  }
  narrator.live(['Comparing ...']);
  const comparison = await compareWithBatch(shop.client, account, signal);
  const ok = comparison.mismatches === 0 && comparison.created === 0;
  narrator.verdict(ok, comparisonText(comparison));
  narrator.say(`Temporal UI: ${stack.temporalUiUrl}`);
  const result = { ok, runs: runs.map((run) => run.result).reverse(), ...comparison };
  if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
  return result;
}

function comparisonText({ contacts, mismatches, created }: Comparison): string {
  const differ = mismatches === 1 ? '1 attribute differs' : `${formatNumber(mismatches)} attributes differ`;
  return `${formatNumber(contacts)} contacts in both apps: ${differ}, ${plural(created, 'contact')} created.`;
}

async function inviteToTry(context: DemoContext): Promise<void> {
  const { narrator, surroundings, stack, signal } = context;
  await wakeSchedules(context);
  narrator.chapter('Yours to try, until Ctrl-C', 'The schedules are live, and a worker waits.');
  const { stdout } = await command(context, ['status'], signal);
  narrator.quote(stdout);
  narrator.say(
    `In another terminal: cd ${surroundings.folder}`,
    'then npx outflow run loyalty · npx outflow runs · npx outflow pause · npx outflow --help',
    `Temporal UI: ${stack.temporalUiUrl}`,
  );
}
