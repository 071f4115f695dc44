import { Command, InvalidArgumentError, Option } from 'commander';
import { type Protection, protections } from './protections.js';

export interface ChaosOptions {
  /** How long faults are injected, about. */
  minutes: number;
  /** The same seed is the same sequence of faults. */
  seed: number;
  /** The protection that the workers are built without. */
  without?: Protection;
  /** Whether the folder with all data and logs stays, also when nothing was lost. */
  keep: boolean;
}

/** The options of the command line; ends the process where they are wrong, or ask for help. */
export function readOptions(): ChaosOptions {
  return new Command('npm run chaos --')
    .description('Kills, cuts off and confuses everything while activations run, then looks whether anything was lost.')
    .addOption(new Option('--minutes <minutes>', 'of faults').argParser(number(0.1, 1_000)).default(2))
    .addOption(new Option('--seed <seed>', 'the same one is the same faults').argParser(wholeSeed).default(1))
    .addOption(new Option('--without <protection>', 'a build that lacks it').choices(Object.keys(protections)))
    .option('--keep', 'leave the folder with all data and logs', false)
    .parse()
    .opts<ChaosOptions>();
}

function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const given = Number(text);
    if (given >= least && given <= most) return given;
    throw new InvalidArgumentError(`It is a number from ${least} to ${most}.`);
  };
}

function wholeSeed(text: string): number {
  const seed = Number(text);
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new InvalidArgumentError('It is a whole number.');
}
