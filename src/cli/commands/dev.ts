import { once } from 'node:events';
import { join } from 'node:path';
import { readEnvironment } from '../../config/environment.js';
import { startStack, type Stack } from '../../dev/embedded/stack.js';
import { devFolder } from '../../operations/connections.js';
import { keepWorker } from '../../dev/keep-worker.js';
import { startTrialStandIn, type TrialStandIn } from '../../dev/trial-stand-in.js';
import { print, say, warn } from '../../terminal/output.js';

export interface DevOptions {
  file: string;
  postgresPort?: number;
  temporalPort?: number;
  uiPort?: number;
  /** Also a stand-in for the destination. */
  standIn: boolean;
}

const LAST_LINE = 'Commands in this folder use these servers. Ctrl-C ends them; what they hold is kept.';

/** `outflow dev`: until Ctrl-C or SIGTERM. Throws Unexpected when the worker ends by itself. */
export async function devCommand({ file, standIn, ...ports }: DevOptions): Promise<number> {
  const stopped = Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
  const { values, lookedIn } = await readEnvironment(file, process.env);
  if (values.has('OUTFLOW_DATABASE_URL')) {
    warn(`OUTFLOW_DATABASE_URL is set in ${lookedIn}: other commands use it, and not the servers that start here.`);
  }
  const folder = devFolder(file);
  const stack = await startStack({
    folder,
    report: say,
    ports: {
      ...(ports.postgresPort !== undefined && { postgres: ports.postgresPort }),
      ...(ports.temporalPort !== undefined && { temporal: ports.temporalPort }),
      ...(ports.uiPort !== undefined && { ui: ports.uiPort }),
    },
  });
  const logFile = join(folder, 'worker.log');
  let trial: TrialStandIn | undefined;
  try {
    if (standIn) trial = await startTrialStandIn(folder);
    const variables = trial?.variables ?? {};
    print([...addresses(stack, folder, logFile), ...exports(stack, variables), LAST_LINE].join('\n'));
    await keepWorker(file, logFile, variables, stopped);
    say('Ending Temporal and PostgreSQL.');
  } finally {
    await trial?.stop();
    await stack.stop();
  }
  return 0;
}

function addresses(stack: Stack, folder: string, logFile: string): string[] {
  const database = new URL(stack.databaseUrl);
  database.password = '';
  return [
    `Temporal UI    ${stack.temporalUiUrl}`,
    `Temporal       ${stack.temporalAddress}`,
    `PostgreSQL     ${database.href} (the password is in ${join(folder, 'dev.json')})`,
    `worker's log   ${logFile}`,
  ];
}

/** For a shell: of the stand-in, and for the command `temporal`. They stay as they are from one start to the next. */
function exports(stack: Stack, variables: Record<string, string>): string[] {
  return [
    'In other shells:',
    `  export PATH="${stack.commandsFolder}:$PATH"`,
    ...Object.entries({ TEMPORAL_ADDRESS: stack.temporalAddress, ...variables }).map(
      ([name, value]) => `  export ${name}=${value}`,
    ),
  ];
}
