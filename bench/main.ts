import { compareWithBaseline, comparisonText, readBaseline, writeBaseline } from './results/baseline.js';
import { Ground } from './ground.js';
import { machineText } from './machine.js';
import { measure, type Measured } from './measure.js';
import type { BenchOptions } from './bench-options.js';
import { readOptions } from './options.js';
import { writeResults } from './results/write-results.js';
import { rowsTable } from './row.js';

const incompleteExitCode = 1;
const worseExitCode = 1;
const interruptedExitCode = 130;

/**
 * Measures, shows the rows, and leaves nothing behind, also after Ctrl-C. Exit code 0 when all was measured and, with
 * --short, no ratio is worse than the committed one by more than the margin.
 */
async function bench(): Promise<void> {
  const options = readOptions();
  const ground = await Ground.make();
  const interrupted = new Promise<'interrupted'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve('interrupted'));
  });
  try {
    const measured = await Promise.race([measure(ground, options, say), interrupted]);
    if (measured === 'interrupted') process.exitCode = interruptedExitCode;
    else await conclude(measured, options);
  } finally {
    await ground.end();
  }
}

async function conclude({ rows, machine, failed }: Measured, options: BenchOptions): Promise<void> {
  const { repeats, short, write, json } = options;
  say(`\n${rowsTable(rows)}\n`);
  say(`Medians of ${repeats} on ${machineText(machine)}`);
  if (failed.length > 0) {
    say(`Not measured: ${failed.join(', ')}`);
    process.exitCode = incompleteExitCode;
  } else if (write) {
    await (short ? writeBaseline(rows) : writeResults({ rows, machine }, options));
  } else if (short) {
    const comparison = compareWithBaseline(rows, await readBaseline());
    say(`\n${comparisonText(comparison)}`);
    if (comparison.some(({ isWorse }) => isWorse)) process.exitCode = worseExitCode;
  }
  if (json) process.stdout.write(`${JSON.stringify({ rows, machine })}\n`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

await bench();
process.exit(); // a measurement that was interrupted may still wait for something
