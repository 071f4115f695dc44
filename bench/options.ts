import type { BenchOptions } from './bench-options.js';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { measurements } from './measurements.js';

interface TypedOptions extends Pick<BenchOptions, 'json' | 'short' | 'write' | 'dist'> {
  size?: number;
  repeats?: number;
  only?: string[];
  large: boolean;
  peers: boolean;
}

const shortSize = 100_000;
const usualSize = 1_000_000;

const usualRepeats = 5;
const fewRepeats = 3;
/** From here on a repeat takes minutes. */
const fewRepeatsFrom = 5_000_000;
/** Beyond it the 1% runs would change the same contacts again. */
const mostRepeats = 90;

/** The options of the command line; ends the process where they are wrong, or ask for help. */
export function readOptions(): BenchOptions {
  const command = new Command('npm run bench --')
    .description('Measures runs on servers of its own, each beside the limit that it cannot beat.')
    .addOption(new Option('--size <contacts>', 'of the segment (default: 1000000)').argParser(wholeNumber(1_000)))
    .addOption(
      new Option('--repeats <count>', 'of each measurement (default: 5; 3 from 5000000 contacts)').argParser(
        wholeNumber(1, mostRepeats),
      ),
    )
    .addOption(
      new Option('--only <names>', `some of ${Object.keys(measurements).join(', ')}`).argParser(measurementNames),
    )
    .option('--large', 'ten times the contacts, too', false)
    .option('--peers', 'other programs on the same work, too (installed with pip)', false)
    .addOption(
      new Option('--short', `${shortSize} contacts, compared with bench/baseline.json`)
        .default(false)
        .conflicts(['size', 'only', 'large', 'peers']),
    )
    .addOption(
      new Option('--write', 'write bench/RESULTS.md and bench/results.svg; with --short bench/baseline.json')
        .default(false)
        .conflicts('only'),
    )
    .option('--json', 'print the rows as one line of JSON on stdout', false)
    .option(
      '--dist <folder>',
      'the build to measure',
      (folder) => resolve(folder),
      fileURLToPath(new URL('../dist', import.meta.url)),
    )
    .parse();
  const { only, size: typedSize, repeats, large, peers, ...rest } = command.opts<TypedOptions>();
  const size = typedSize ?? (rest.short ? shortSize : usualSize);
  const wanted = (name: string): boolean => {
    const { when } = measurements[name]!;
    if (only) return only.includes(name);
    if (rest.short) return when === 'always';
    return when === 'always' || when === 'unless short' || (when === 'large' ? large : peers);
  };
  return {
    ...rest,
    size,
    repeats: repeats ?? (size >= fewRepeatsFrom ? fewRepeats : usualRepeats),
    names: Object.keys(measurements).filter(wanted),
  };
}

function wholeNumber(least: number, most = 100_000_000): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isSafeInteger(number) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };
}

function measurementNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(name in measurements));
  if (unknown === undefined) return names;
  throw new InvalidArgumentError(`There is no ${unknown}; there are ${Object.keys(measurements).join(', ')}.`);
}
