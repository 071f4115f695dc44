import { chosenActivations } from '../../operations/chosen-activations.js';
import { warningsText } from '../text/counts-text.js';
import { failureText } from '../failure.js';
import { heldText } from '../text/hold-text.js';
import { print, printJson, say } from '../../terminal/output.js';
import { runTable } from '../text/run-table.js';
import type { RunEnd } from '../../operations/run-end.js';
import { startRun, type StartedRun } from '../../operations/start-run.js';
import { warnOfUnapplied } from '../run/warn-of-unapplied.js';
import { watchRuns } from '../run/watch-runs.js';
import type { Session } from '../../operations/session.js';
import { withSession } from '../session.js';

export interface RunOptions {
  file: string;
  full: boolean;
  detach: boolean;
  json: boolean;
}

const INTERRUPTED_EXIT_CODE = 130;

/**
 * `outflow run`: starts the runs together and waits until all have ended, or are held by a guard; exit code that of the
 * first, in the order given, that is not 0. Ctrl-C ends the waiting, not the runs. Throws ActivationUnknown before any is started.
 */
export function runCommand(names: string[], options: RunOptions): Promise<number> {
  return withSession(options.file, async (session) => {
    const activations = await chosenActivations(session, names);
    await warnOfUnapplied(session);
    const runs: StartedRun[] = [];
    for (const activation of activations) runs.push(await startRun(session, activation, options));
    if (options.detach) {
      for (const run of runs) showStarted(run, session, options.json);
      return 0;
    }
    return watch(session, runs, options.json);
  });
}

async function watch(session: Session, runs: StartedRun[], json: boolean): Promise<number> {
  const left = new AbortController();
  const leave = (): void => left.abort();
  process.once('SIGINT', leave);
  const ends: RunEnd[] = [];
  const ended = (run: StartedRun, end: RunEnd): void => {
    ends.push(end);
    if (json) printJson(jsonOf(run, end));
  };
  try {
    const open = await watchRuns(session.engine, runs, ended, left.signal);
    if (!json) showEnds(ends);
    if (ends.length < runs.length) {
      for (const { activation } of open) {
        say(
          `The run of ${activation} goes on. Watch it with \`outflow status ${activation}\`, end it with \`outflow cancel ${activation}\`.`,
        );
      }
      return INTERRUPTED_EXIT_CODE;
    }
    return ends.find(({ exitCode }) => exitCode !== 0)?.exitCode ?? 0;
  } finally {
    process.removeListener('SIGINT', leave);
  }
}

function showEnds(ends: RunEnd[]): void {
  const results = ends.flatMap(({ result }) => result ?? []);
  if (results.length > 0) print(runTable(results));
  for (const { result, error } of ends) {
    if (error) say(failureText(error));
    else if (result?.state === 'held') say(heldText(result));
  }
  for (const warnings of results.map(warningsText)) {
    if (warnings !== undefined) say(warnings);
  }
}

function jsonOf({ activation, handle, temporalRunId }: StartedRun, { result, error }: RunEnd): unknown {
  return result ?? { activation, workflowId: handle.workflowId, temporalRunId, error };
}

function showStarted({ activation, handle, temporalRunId }: StartedRun, { connections }: Session, json: boolean): void {
  const { workflowId } = handle;
  if (json) {
    printJson({ activation, workflowId, temporalRunId });
    return;
  }
  print(`The run of ${activation} is started: \`outflow status ${activation}\` shows it.`);
  const { stack } = connections;
  if (stack) print(`${stack.temporalUiUrl}/namespaces/default/workflows/${encodeURIComponent(workflowId)}`);
}
