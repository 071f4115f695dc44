import { findActivation, type KnownActivation, listActivations } from '../engine/definitions/activations.js';
import type { OperationContext } from './context.js';

type EngineAlone = Pick<OperationContext, 'engine'>;

/** The activation of this name. Throws ActivationUnknown, proposing the nearest name. */
export function knownActivation({ engine }: EngineAlone, name: string): Promise<KnownActivation> {
  return findActivation(engine.db, name);
}

/** The activations of these names, each once. Throws ActivationUnknown before anything is done. */
export async function chosenActivations(context: EngineAlone, names: readonly string[]): Promise<KnownActivation[]> {
  const chosen: KnownActivation[] = [];
  for (const name of new Set(names)) chosen.push(await knownActivation(context, name));
  return chosen;
}

/** All activations, by name. */
export function allActivations({ engine }: EngineAlone): Promise<KnownActivation[]> {
  return listActivations(engine.db);
}
