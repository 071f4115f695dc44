import type { RunResult } from '../../activation/run.js';
import { progressLine } from '../../terminal/progress-line.js';
import { findActivation } from '../../engine/definitions/activations.js';
import { findHolder } from '../../engine/claim/claim.js';
import { findRunProgress, type RunProgress } from '../../engine/runs/run-progress.js';
import { command, type DemoContext } from './context.js';

const lookEveryMs = 200;

/** `outflow run` of activations, with how far they are. */
export async function runActivations(context: DemoContext, activations: string[]): Promise<RunResult[]> {
  const running = command(context, ['run', ...activations, '--json'], context.signal);
  await showUntilEnded(context, activations, running);
  return resultsOf((await running).stdout);
}

/**
 * Shows how far the runs of activations are until the command that waits for them has ended, however it did. `meanwhile`
 * is called at every look.
 */
export async function showUntilEnded(
  { engine, narrator }: DemoContext,
  activations: string[],
  running: Promise<unknown>,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const ended = running.then(
    () => 'ended',
    () => 'ended',
  );
  const width = Math.max(...activations.map((name) => name.length));
  for (;;) {
    await meanwhile();
    const lines: string[] = [];
    for (const activation of activations) {
      const progress = await openRunProgress(engine, activation);
      if (progress && progress.result.state !== 'closed') lines.push(progressLine(activation, progress, width));
    }
    narrator.live(lines);
    if ((await Promise.race([ended, pauseFor(lookEveryMs)])) === 'ended') break;
  }
  narrator.live([]);
}

/** How far the open run of an activation is; undefined while none is open. */
export async function openRunProgress(
  engine: DemoContext['engine'],
  activation: string,
): Promise<RunProgress | undefined> {
  const { activationId } = await findActivation(engine.db, activation);
  const holder = await findHolder(engine.db, activationId);
  return holder && findRunProgress(engine, holder.workflowId);
}

/** The results that `outflow run --json` prints, one a line. */
export function resultsOf(stdout: string): RunResult[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RunResult);
}

async function pauseFor(ms: number): Promise<'looked'> {
  return new Promise((resolve) => setTimeout(() => resolve('looked'), ms));
}
