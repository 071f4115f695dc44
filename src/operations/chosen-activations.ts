import { findActivation, listActivations, type KnownActivation } from '../engine/definitions/activations.js';
import type { Engine } from '../engine/database/database.js';

/** The activations of these names, each once; all without a name. Throws ActivationUnknown before anything is done. */
export async function chosenActivations(engine: Engine, names: string[]): Promise<KnownActivation[]> {
  if (names.length === 0) return listActivations(engine.db);
  const chosen: KnownActivation[] = [];
  for (const name of new Set(names)) chosen.push(await findActivation(engine.db, name));
  return chosen;
}
