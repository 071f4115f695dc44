import { Ground } from './ground.js';
import { measure } from './measure.js';
import { readOptions } from './options.js';
import { rowsTable } from './row.js';

const interruptedExitCode = 130;

/** Measures, shows the rows, and leaves nothing behind, also after Ctrl-C. Exit code 0 when all was measured. */
async function bench(): Promise<void> {
  const options = readOptions();
  const ground = await Ground.make();
  const interrupted = new Promise<'interrupted'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve('interrupted'));
  });
  try {
    const measured = await Promise.race([measure(ground, options, say), interrupted]);
    if (measured === 'interrupted') {
      process.exitCode = interruptedExitCode;
      return;
    }
    const { machine } = measured;
    say(`\n${rowsTable(measured.rows)}\n`);
    say(
      `Medians of ${options.repeats} on ${machine.cores} cores (${machine.cpu}), ${machine.memoryGb} GB, ${machine.system}; Node ${machine.node}, PostgreSQL ${machine.postgres}, Temporal CLI ${machine.temporal}`,
    );
    if (options.json) process.stdout.write(`${JSON.stringify(measured)}\n`);
  } finally {
    await ground.end();
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

await bench();
process.exit(); // a measurement that was interrupted may still wait for something
