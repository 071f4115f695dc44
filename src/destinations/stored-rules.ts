import type { ActivationDefinition } from '../activation/definitions.js';
import type { Layout } from '../activation/layout.js';
import type { Destination } from './destination.js';
import type { BodyRule } from './kit/body-rule.js';

/** The rules of the columns of stored lines, by the definitions that the run has pinned. */
export function storedRules(activation: ActivationDefinition, { attributes }: Destination, layout: Layout): BodyRule[] {
  return layout.columns.map(({ attribute, ...column }) => {
    const mapping = activation.attributes.find((candidate) => candidate.attribute === attribute);
    if (mapping === undefined) throw new Error(`the run's definitions have no attribute ${attribute}`);
    return attributes.rule(mapping, column);
  });
}
