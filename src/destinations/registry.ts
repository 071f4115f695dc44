import type { DestinationDefinition } from '../activation/definitions.js';
import { batchMep } from './batch-mep/index.js';
import type { Destination, DestinationType } from './destination.js';
import { webhook } from './webhook/index.js';

/** Every type of destination, one line each. */
export const destinationTypes: readonly [DestinationType, ...DestinationType[]] = [batchMep, webhook];

export function destinationTypeNamed(name: unknown): DestinationType | undefined {
  return destinationTypes.find(({ type }) => type === name);
}

/** The type of a checked definition. */
export function typeOf({ type }: DestinationDefinition): DestinationType {
  const found = destinationTypeNamed(type);
  if (!found) throw new Error(`there is no destination of type ${type}`);
  return found;
}

export function openDestination(definition: DestinationDefinition): Destination {
  return typeOf(definition).open(definition.settings);
}
