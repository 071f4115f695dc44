import type { ActivationDefinition } from '../activation/definitions.js';
import type { Layout } from '../activation/layout.js';
import type { MepAttributeRule } from '../destinations/batch-mep/index.js';
import { attributeRule } from '../destinations/batch-mep/index.js';

/** The rules of the columns of stored lines, by the definitions that the run has pinned. */
export function storedRules(activation: ActivationDefinition, layout: Layout): MepAttributeRule[] {
  return layout.columns.map(({ attribute, ...column }) => {
    const mapping = activation.attributes.find((candidate) => candidate.attribute === attribute);
    if (mapping === undefined) throw new Error(`the run's definitions have no attribute ${attribute}`);
    return attributeRule(mapping, column);
  });
}
