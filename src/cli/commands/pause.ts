import { pauseActivations, type PausedActivation } from '../../operations/pause-activation.js';
import { print } from '../../terminal/output.js';
import { visible } from '../../text/visible.js';
import { chooseActivations } from '../choose-activations.js';
import { withSession } from '../session.js';

interface PauseOptions {
  file: string;
  all: boolean;
  reason?: string;
}

/** `outflow pause` */
export function pauseCommand(names: string[], { file, all, reason }: PauseOptions): Promise<number> {
  return withSession(file, async (session) => {
    const activations = await chooseActivations(session, names, { all, verb: 'pause' });
    for (const paused of await pauseActivations(session, activations, reason)) print(pausedText(paused, reason));
    if (activations.length === 0) print('Nothing was paused.');
    return 0;
  });
}

function pausedText({ activation, changed, left, openRun }: PausedActivation, reason = ''): string {
  if (changed === 'reason') return `${activation} was paused already: the reason is now "${visible(reason)}".`;
  if (changed === 'nothing') return `${activation} was paused already, and stays so.`;
  if (!openRun) {
    const also = left ? `, also when ${left.kind} "${left.name}" is well again` : '';
    return `${activation} is paused: no run starts${also}.`;
  }
  const whatItDoes =
    openRun.state === 'held'
      ? `stays held; approved, it sends when ${activation} is resumed`
      : 'ends the requests on the wire, then waits';
  return `${activation} is paused: its run ${openRun.runId} ${whatItDoes}.`;
}
