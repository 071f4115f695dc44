import { declareRestored } from '../../operations/restored.js';
import { plural } from '../../text/words.js';
import { confirm } from '../confirm.js';
import { withSession } from '../session.js';
import { print, say } from '../../terminal/output.js';

export interface RestoredOptions {
  file: string;
  newIdentity: boolean;
  yes: boolean;
}

/** `outflow restored`: exit code 0 also when the answer is no. */
export function restoredCommand({ file, newIdentity, yes }: RestoredOptions): Promise<number> {
  return withSession(file, async (session) => {
    const { engine } = session;
    say(
      newIdentity
        ? `The database at ${engine.where} becomes an engine of its own, beside the one that it was copied from.`
        : `The database at ${engine.where} takes the place of the engine's database before.`,
    );
    say(
      'Open runs are closed, and the next run of each activation sends all attributes of every contact of its segment.',
    );
    if (!yes && !(await confirm('Was it restored?'))) {
      say('Nothing was changed.');
      return 0;
    }
    const { activations } = await declareRestored(session, { newIdentity });
    print(`Recorded. ${plural(activations, 'activation')} will send everything again.`);
    return 0;
  });
}
