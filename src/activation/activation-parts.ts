import type {
  ActivationDefinition,
  Definitions,
  DestinationDefinition,
  SegmentDefinition,
  SourceDefinition,
} from './definitions.js';

/** An activation with the definitions that it stands on. */
export interface ActivationParts {
  activation: ActivationDefinition;
  segment: SegmentDefinition;
  source: SourceDefinition;
  destination: DestinationDefinition;
}

/** Checked definitions have all that an activation of theirs names. */
export function activationParts(definitions: Definitions, name: string): ActivationParts {
  const activation = definitions.activations[name]!;
  const segment = definitions.segments[activation.segment]!;
  return {
    activation,
    segment,
    source: definitions.sources[segment.source]!,
    destination: definitions.destinations[activation.destination]!,
  };
}
