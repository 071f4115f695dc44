import type { RunResult } from '../../activation/run.js';
import type { KnownActivation } from '../../engine/definitions/activations.js';
import { awaitClosed, cancelRun, type CancelledRun } from '../../operations/cancel-run.js';
import { chosenActivations } from '../../operations/chosen-activations.js';
import type { Session } from '../../operations/session.js';
import { print, say } from '../../terminal/output.js';
import { outcomeText, plural } from '../../text/words.js';
import { confirm } from '../confirm.js';
import { withSession } from '../session.js';

export interface CancelOptions {
  file: string;
  abandon: boolean;
  yes: boolean;
}

const PATIENCE_MS = 5_000;
const USAGE_EXIT_CODE = 2;

/** `outflow cancel`: exit code 0 also where no run was open; 2 where one was left alone because it needs `--abandon`. */
export function cancelCommand(names: string[], { file, abandon, yes }: CancelOptions): Promise<number> {
  return withSession(file, async (session) => {
    const activations = await chosenActivations(session, names);
    const cancelled = await Promise.all(
      activations.map(
        async (activation) => [activation, await cancelRun(session, activation, { abandon: false })] as const,
      ),
    );
    const endings = await Promise.all(
      cancelled.map(async ([activation, found]) => {
        if (found.kind !== 'elsewhere') return show(session, found);
        say(elsewhereText(found));
        if (!abandon) return USAGE_EXIT_CODE;
        return giveUp(session, activation, found.runId, yes);
      }),
    );
    return Math.max(0, ...endings);
  });
}

async function giveUp(session: Session, activation: KnownActivation, runId: number, yes: boolean): Promise<number> {
  if (!yes && !(await confirm(`Close run ${runId} of ${activation.name}, whatever has become of its workflow?`))) {
    say('Nothing was changed.');
    return 0;
  }
  return show(session, await cancelRun(session, activation, { abandon: true }));
}

async function show(session: Session, found: CancelledRun): Promise<number> {
  const { activation } = found;
  switch (found.kind) {
    case 'none':
      print(`${activation}: no run is open.`);
      break;
    case 'requested':
      print(`${activation}: ${endText(await closed(session, activation, found.runId))}`);
      break;
    case 'closed':
      print(`${activation}: ${becauseText(found.because)}; ${endText(found.result)}`);
      break;
    case 'elsewhere':
      say(elsewhereText(found));
      return USAGE_EXIT_CODE;
  }
  return 0;
}

async function closed(session: Session, activation: string, runId: number): Promise<RunResult> {
  const hint = setTimeout(() => {
    say(`${activation}: run ${runId} ends its requests on the wire first. That takes a worker: is one running?`);
  }, PATIENCE_MS);
  try {
    return await awaitClosed(session, runId);
  } finally {
    clearTimeout(hint);
  }
}

function becauseText(because: 'workflow-ended' | 'abandoned'): string {
  return because === 'workflow-ended'
    ? 'the workflow of its open run had ended without closing it'
    : 'what the run may have sent is owed, and sent again';
}

function endText({ runId, counts, ...run }: RunResult): string {
  const sent = `${plural(counts.accepted, 'contact')} accepted, ${counts.unsent} unsent`;
  return `run ${runId} is ${outcomeText({ runId, counts, ...run })} (${sent}).`;
}

function elsewhereText({
  activation,
  runId,
  workflowId,
  namespace,
}: Extract<CancelledRun, { kind: 'elsewhere' }>): string {
  return [
    `${activation}: run ${runId} is open, and Temporal here does not know its workflow ${workflowId}: it was started in another Temporal, or in another namespace (${namespace}), or Temporal has lost its data.`,
    `If it goes on there, cancel it there. If it is lost, \`outflow cancel ${activation} --abandon\` closes the run; what it may have sent is owed, and sent again by the next run.`,
  ].join('\n  ');
}
