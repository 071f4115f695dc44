import { planReset, resetActivation } from '../../operations/reset-activation.js';
import { print, say } from '../../terminal/output.js';
import { plural } from '../../text/words.js';
import { confirm } from '../confirm.js';
import { withSession } from '../session.js';

/** `outflow reset`: exit code 0 also when the answer is no. */
export function resetCommand(activation: string, { file, yes }: { file: string; yes: boolean }): Promise<number> {
  return withSession(file, async (session) => {
    const { contacts } = await planReset(session, activation);
    const cost =
      contacts === 0
        ? 'Its next run sends every contact of the segment.'
        : `Its next run sends all attributes of every contact of the segment: ${plural(contacts, 'contact')} when it last ran.`;
    say(`Outflow relies no more on what it knows of the destination for activation ${activation}. ${cost}`);
    if (!yes && !(await confirm(`Reset ${activation}?`))) {
      say('Nothing was changed.');
      return 0;
    }
    await resetActivation(session, activation);
    print(`${activation} is reset.`);
    return 0;
  });
}
