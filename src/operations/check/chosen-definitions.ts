import { activationParts } from '../../activation/activation-parts.js';
import type { Definitions } from '../../activation/definitions.js';
import { OutflowError } from '../../activation/errors.js';
import { nearestName } from '../../activation/nearest-name.js';

/** These activations of the file and what they stand on; without a name everything. Throws ActivationUnknown. */
export function chosenDefinitions(definitions: Definitions, names: readonly string[]): Definitions {
  if (names.length === 0) return definitions;
  const chosen: Definitions = { sources: {}, segments: {}, destinations: {}, activations: {}, alertChannels: {} };
  for (const name of names) {
    if (!(name in definitions.activations)) throw unknownInFile(name, Object.keys(definitions.activations));
    const { activation, segment, source, destination } = activationParts(definitions, name);
    chosen.activations[name] = activation;
    chosen.segments[segment.name] = segment;
    chosen.sources[source.name] = source;
    chosen.destinations[destination.name] = destination;
  }
  return chosen;
}

function unknownInFile(name: string, names: string[]): OutflowError {
  const nearest = nearestName(name, names);
  return new OutflowError(
    'ActivationUnknown',
    `There is no activation "${name}" in the file.`,
    nearest === undefined ? `Its activations are ${names.join(', ')}.` : `Did you mean "${nearest}"?`,
  );
}
