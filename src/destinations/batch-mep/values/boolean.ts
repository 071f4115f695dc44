import type { AttributeMapping } from '../../../activation/definitions.js';
import { sent, type ValueRule } from './value-rule.js';

/** `u.name`: true or false. */
export function booleanRule(mapping: AttributeMapping): ValueRule {
  return {
    key: `u.${mapping.attribute}`,
    type: 'boolean',
    policies: [],
    render: (text) => sent(text === 't' ? 'true' : 'false'),
    glance: () => 'send',
  };
}
