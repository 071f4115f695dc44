import { OutflowError } from '../activation/errors.js';
import type { KnownActivation } from '../engine/definitions/activations.js';
import { allActivations, chosenActivations } from '../operations/chosen-activations.js';
import type { Session } from '../operations/session.js';
import { plural } from '../text/words.js';
import { canAsk, confirm } from './confirm.js';

/**
 * The activations that were named; with `--all` every one. Without either a person at a terminal is asked whether all are
 * meant: nothing is returned when they are not. Throws InputInvalid where nobody can be asked.
 */
export async function chooseActivations(
  session: Session,
  names: readonly string[],
  { all, verb }: { all: boolean; verb: 'pause' | 'resume' },
): Promise<KnownActivation[]> {
  if (names.length > 0) return chosenActivations(session, names);
  const activations = await allActivations(session);
  if (all || activations.length === 0) return activations;
  if (!canAsk()) {
    throw new OutflowError(
      'InputInvalid',
      `Nothing says which activations to ${verb}.`,
      `Name them, or write \`outflow ${verb} --all\` for all ${plural(activations.length, 'activation')}.`,
    );
  }
  const isMeant = await confirm(`${capital(verb)} all ${plural(activations.length, 'activation')}?`);
  return isMeant ? activations : [];
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
