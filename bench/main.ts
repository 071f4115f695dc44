import {
  type Comparison,
  compareWithBaseline,
  comparisonText,
  readBaseline,
  writeBaseline,
} from './results/baseline.js';
import { Ground } from './ground.js';
import { machineText } from './machine.js';
import { measure, type Measured } from './measure.js';
import type { BenchOptions } from './bench-options.js';
import { readOptions } from './options.js';
import { writeResults } from './results/write-results.js';
import { type Row, rowsTable } from './row.js';

const incompleteExitCode = 1;
const worseExitCode = 1;
const interruptedExitCode = 130;

/**
 * Measures, shows the rows, and leaves nothing behind, also after Ctrl-C. Exit code 0 when all was measured and, with
 * --short, no ratio is worse than the committed one by more than the margin, twice.
 */
async function bench(): Promise<void> {
  const options = readOptions();
  const ground = await Ground.make();
  const interrupted = new Promise<'interrupted'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve('interrupted'));
  });
  try {
    const work = async (): Promise<void> => conclude(ground, await measure(ground, options, say), options);
    if ((await Promise.race([work(), interrupted])) === 'interrupted') process.exitCode = interruptedExitCode;
  } finally {
    await ground.end();
  }
}

async function conclude(ground: Ground, { rows, machine, failed }: Measured, options: BenchOptions): Promise<void> {
  const { repeats, short, write, json } = options;
  const all = Object.values(rows).flat();
  say(`\n${rowsTable(all)}\n`);
  say(`Medians of ${repeats} on ${machineText(machine)}`);
  if (failed.length > 0) {
    say(`Not measured: ${failed.join(', ')}`);
    process.exitCode = incompleteExitCode;
  } else if (write) {
    await (short ? writeBaseline(all) : writeResults({ rows: all, machine }, options));
  } else if (short && (await isWorseTwice(ground, rows, options))) {
    process.exitCode = worseExitCode;
  }
  if (json) process.stdout.write(`${JSON.stringify({ rows: all, machine })}\n`);
}

/**
 * Compares the rows with what was committed. Measurements with a ratio that seems worse are made once more, on new servers: a
 * neighbour's minute on a shared machine is no regression.
 */
async function isWorseTwice(ground: Ground, rows: Measured['rows'], options: BenchOptions): Promise<boolean> {
  const baseline = await readBaseline();
  const compare = (some: readonly Row[]): Comparison[] => {
    const comparison = compareWithBaseline(some, baseline);
    say(`\n${comparisonText(comparison)}`);
    return comparison.filter(({ isWorse }) => isWorse);
  };
  const worse = compare(Object.values(rows).flat());
  if (worse.length === 0) return false;
  const names = options.names.filter((each) => rows[each]!.some((row) => worse.some(({ name }) => name === row.name)));
  say(`\nMeasured once more: ${names.join(', ')}`);
  const again = await measure(ground, { ...options, names }, say);
  return (
    again.failed.length > 0 ||
    compare(Object.values(again.rows).flat()).some(({ name }) => worse.some((first) => first.name === name))
  );
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

await bench();
process.exit(); // a measurement that was interrupted may still wait for something
