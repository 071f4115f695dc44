import { culpritText } from '../../activation/culprit.js';
import { resumeActivations } from '../../operations/resume-activation.js';
import { print } from '../../terminal/output.js';
import { chooseActivations } from '../choose-activations.js';
import { withSession } from '../session.js';

/** `outflow resume` */
export function resumeCommand(names: string[], { file, all }: { file: string; all: boolean }): Promise<number> {
  return withSession(file, async (session) => {
    const activations = await chooseActivations(session, names, { all, verb: 'resume' });
    for (const { activation, left, openRunId } of await resumeActivations(session, activations)) {
      print(`${activation} is resumed${openRunId === undefined ? '' : `: its run ${openRunId} goes on`}.`);
      if (left) print(`It was paused because ${culpritText(left, left.error.code)}.`);
    }
    if (activations.length === 0) print('Nothing was resumed.');
    return 0;
  });
}
