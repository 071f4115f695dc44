import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { DemoOptions } from '../dev/demo/demo.js';
import type { ApproveOptions } from './commands/approve.js';
import type { CancelOptions } from './commands/cancel.js';
import type { DevOptions } from './commands/dev.js';
import type { RejectionsOptions } from './commands/rejections.js';
import type { RestoredOptions } from './commands/restored.js';
import type { RunOptions } from './commands/run.js';

interface FileOption {
  file: string;
}
interface JsonOption {
  json: boolean;
}
interface YesOption {
  yes: boolean;
}

/** The commands and what they take. The code of each is loaded when it is called: the others cost nothing. */
export function outflow(): Command {
  const program = new Command('outflow')
    .description('Keeps the contacts of a marketing platform in step with segments of a warehouse.')
    .version(version())
    .exitOverride()
    .showHelpAfterError('(add --help to see what the command takes)')
    .addHelpText('after', exitCodes);

  program
    .command('check')
    .description('check outflow.yaml and what it names; ends the automatic pause of what is without fault')
    .argument('[activation...]', 'only these, and what they stand on')
    .addOption(file())
    .addOption(json())
    .action(async (names: string[], options: FileOption & JsonOption) =>
      exitWith((await import('./commands/check.js')).checkCommand(names, options)),
    );
  program
    .command('apply')
    .description('make the definitions of outflow.yaml those that runs use, and schedule them')
    .addOption(file())
    .addOption(yes())
    .addOption(json())
    .action(async (options: FileOption & YesOption & JsonOption) =>
      exitWith((await import('./commands/apply.js')).applyCommand(options)),
    );
  program
    .command('run')
    .description('run activations now, and wait until they end, or a guard holds them')
    .argument('<activation...>')
    .addOption(file())
    .option('--full', 'send everything again, not only what changed', false)
    .option('--detach', 'do not wait', false)
    .addOption(json())
    .action(async (names: string[], options: RunOptions) =>
      exitWith((await import('./commands/run.js')).runCommand(names, options)),
    );
  program
    .command('pause')
    .description('pause activations with their schedules and open runs')
    .argument('[activation...]')
    .addOption(file())
    .option('--all', 'all activations', false)
    .option('--reason <text>', 'shown by status, and to whoever tries to run them')
    .action(async (names: string[], options: FileOption & { all: boolean; reason?: string }) =>
      exitWith((await import('./commands/pause.js')).pauseCommand(names, options)),
    );
  program
    .command('resume')
    .description('end the pause of activations')
    .argument('[activation...]')
    .addOption(file())
    .option('--all', 'all activations', false)
    .action(async (names: string[], options: FileOption & { all: boolean }) =>
      exitWith((await import('./commands/resume.js')).resumeCommand(names, options)),
    );
  program
    .command('approve')
    .description('let a run that a guard holds send what it found')
    .argument('<activation>')
    .addOption(file())
    .option('--hold <name>', 'the hold that you have looked at, such as run-42; refused when another one stands')
    .addOption(yes())
    .action(async (name: string, options: ApproveOptions) =>
      exitWith((await import('./commands/approve.js')).approveCommand(name, options)),
    );
  program
    .command('cancel')
    .description('cancel the open runs of activations, and wait until they are closed')
    .argument('<activation...>')
    .addOption(file())
    .option('--abandon', 'close a run whose workflow Temporal has lost; what it may have sent is owed', false)
    .addOption(yes())
    .action(async (names: string[], options: CancelOptions) =>
      exitWith((await import('./commands/cancel.js')).cancelCommand(names, options)),
    );
  program
    .command('status')
    .description('show what activations are doing, their schedules and their last runs')
    .argument('[activation]')
    .addOption(file())
    .addOption(json())
    .action(async (name: string | undefined, options: FileOption & JsonOption) =>
      exitWith((await import('./commands/status.js')).statusCommand(name, options)),
    );
  program
    .command('runs')
    .description('list runs with their figures, the newest first')
    .argument('[activation]')
    .addOption(file())
    .addOption(limit('runs').default(20))
    .addOption(json())
    .action(async (name: string | undefined, options: FileOption & { limit: number } & JsonOption) =>
      exitWith((await import('./commands/runs.js')).runsCommand(name, options)),
    );
  program
    .command('rejections')
    .description('list what the destination rejected, and rows and values that are not sent')
    .argument('<activation>')
    .addOption(file())
    .option('--reason <reason>', 'only those with this reason, as the list has it')
    .option('--retry', 'let the next run send again what was rejected, with --reason of that reason', false)
    .addOption(limit('contacts, rows and values, each; default: 100, with --csv all'))
    .option('--show-values', 'show identifiers in full', false)
    .addOption(new Option('--csv', 'print CSV on stdout').default(false).conflicts(['json', 'retry']))
    .addOption(json())
    .action(async (name: string, options: RejectionsOptions) =>
      exitWith((await import('./commands/rejections.js')).rejectionsCommand(name, options)),
    );
  program
    .command('reset')
    .description('rely no more on what the destination holds: the next run sends everything')
    .argument('<activation>')
    .addOption(file())
    .addOption(yes())
    .action(async (name: string, options: FileOption & YesOption) =>
      exitWith((await import('./commands/reset.js')).resetCommand(name, options)),
    );
  program
    .command('migrate')
    .description("bring the engine's database to the schema of this version; workers do so too where their role may")
    .addOption(file())
    .action(async (options: FileOption) => exitWith((await import('./commands/migrate.js')).migrateCommand(options)));
  program
    .command('restored')
    .description("say that the engine's database was restored from a backup, or copied: everything is sent again")
    .addOption(file())
    .option('--new-identity', 'it is a copy beside the original, an engine of its own', false)
    .addOption(yes())
    .action(async (options: RestoredOptions) =>
      exitWith((await import('./commands/restored.js')).restoredCommand(options)),
    );
  program
    .command('worker')
    .description('do the work of runs, until it is stopped')
    .addOption(file())
    .option('--dev', 'for the servers of outflow dev, whatever the environment names', false)
    .action(async (options: FileOption & { dev: boolean }) =>
      exitWith((await import('./commands/worker.js')).workerCommand(options)),
    );
  program
    .command('dev')
    .description('run PostgreSQL, Temporal and a worker on this machine, until Ctrl-C')
    .addOption(file())
    .addOption(port('--postgres-port <port>'))
    .addOption(port('--temporal-port <port>'))
    .addOption(port('--ui-port <port>'))
    .option('--stand-in', 'also stand in for the destination: a trial without an account', false)
    .action(async (options: DevOptions) => exitWith((await import('./commands/dev.js')).devCommand(options)));
  program
    .command('demo')
    .description('show everything on a shop and servers of its own, beginning with a first run')
    .option('--once', 'end when everything was shown', false)
    .option('--spoil', 'alter a value behind the back of the comparison, which must find it', false)
    .addOption(new Option('--customers <count>', 'size of the shop').argParser(wholeNumber).default(10_000))
    .addOption(json())
    .action(async (options: DemoOptions) => exitWith((await import('./commands/demo.js')).demoCommand(options)));
  return program;
}

async function exitWith(exitCode: Promise<number>): Promise<void> {
  process.exitCode = await exitCode;
}

function file(): Option {
  return new Option('-f, --file <path>', 'the file of definitions').env('OUTFLOW_CONFIG').default('outflow.yaml');
}

function json(): Option {
  return new Option('--json', 'print JSON on stdout').default(false);
}

function yes(): Option {
  return new Option('-y, --yes', 'do not ask').default(false);
}

function limit(ofWhat: string): Option {
  return new Option('--limit <count>', `at most so many ${ofWhat}`).argParser(wholeNumber);
}

function port(flags: string): Option {
  return new Option(flags, 'default: a free one').argParser(wholeNumber);
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('It is a whole number from 1.');
  return number;
}

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

const exitCodes = `
Exit codes: 0 done, also with warnings · 1 internal · 2 usage or configuration · 3 source · 4 destination
5 Temporal or the engine's database unreachable · 6 skipped · 7 cancelled · 8 held by a guard
130 no longer waiting, after Ctrl-C`;
