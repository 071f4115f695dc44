import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';

export interface BenchOptions {
  /** Contacts of the segment. */
  size: number;
  /** Of each measurement; its median counts. */
  repeats: number;
  json: boolean;
  /** The build that is measured. */
  dist: string;
}

/** Beyond it the 1% runs would change the same contacts again. */
const mostRepeats = 90;

/** The options of the command line; ends the process where they are wrong, or ask for help. */
export function readOptions(): BenchOptions {
  return new Command('npm run bench --')
    .description('Measures runs on servers of its own, each beside the limit that it cannot beat.')
    .addOption(new Option('--size <contacts>', 'of the segment').argParser(wholeNumber(1_000)).default(1_000_000))
    .addOption(new Option('--repeats <count>', 'of each measurement').argParser(wholeNumber(1, mostRepeats)).default(5))
    .option('--json', 'print the rows as one line of JSON on stdout', false)
    .option('--dist <folder>', 'the build to measure', fileURLToPath(new URL('../dist', import.meta.url)))
    .parse()
    .opts<BenchOptions>();
}

function wholeNumber(least: number, most = 100_000_000): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isSafeInteger(number) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };
}
