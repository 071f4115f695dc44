import type { AttributeMapping } from '../../activation/definitions.js';
import type { AttributeRule } from '../../activation/rendering.js';
import type { MappingFault } from '../destination.js';
import { type NameFault, nameProposal } from '../kit/names.js';
import { isOfTags } from './attribute-rule.js';

/** Attributes of a contact, as Batch's own SDKs limit them; the API documents no other figure. */
const MAX_ATTRIBUTES = 50;

/** Among these, collections of tags. */
const MAX_TAG_ATTRIBUTES = 15;

const MAX_NAME_LENGTH = 30;
const isName = /^[a-z0-9_]{1,30}$/;

/** What Batch refuses of a mapping, whatever the types of its columns. */
export function mappingFaults(mapping: readonly AttributeMapping[]): MappingFault[] {
  const faults = mapping.flatMap(({ attribute }): MappingFault[] => {
    const fault = attributeNameFault(attribute);
    if (!fault) return [];
    const remedy = `${fault.remedy.replace(/^./, (first) => first.toUpperCase())}.`;
    return [{ attribute, rule: `is refused by Batch: ${fault.rule}`, remedy }];
  });
  const tags = mapping.filter(({ type }) => type === 'tags').length;
  if (mapping.length > MAX_ATTRIBUTES) {
    faults.push({
      rule: `has ${mapping.length} attributes, and Batch takes ${MAX_ATTRIBUTES}`,
      remedy: 'Remove the others.',
    });
  }
  if (tags > MAX_TAG_ATTRIBUTES) {
    faults.push({
      rule: `has ${tags} attributes of tags, and Batch takes ${MAX_TAG_ATTRIBUTES}`,
      remedy: 'Remove the others.',
    });
  }
  return faults;
}

/** Columns of arrays are sent as tags without being declared so. */
export function tagsFault(rules: readonly AttributeRule[]): { rule: string; remedy: string } | undefined {
  const tags = rules.filter(isOfTags).length;
  if (tags <= MAX_TAG_ATTRIBUTES) return undefined;
  return {
    rule: `sends ${tags} tag attributes (arrays); Batch takes ${MAX_TAG_ATTRIBUTES}`,
    remedy: 'Leave some out, or send them as text with array_to_string.',
  };
}

/**
 * What is wrong with an attribute's name, or undefined. Batch takes 1 to 30 of a-z, 0-9 and _; its SDKs lowercase
 * names while its API does not, so a name in capitals would become a second attribute that no app reads.
 */
export function attributeNameFault(name: string): NameFault | undefined {
  if (isName.test(name)) return undefined;
  if (name === '') return { rule: 'an attribute has a name', remedy: 'give it a name' };
  if (name.startsWith('$')) {
    return {
      rule: `native attributes ($...) do not exist for contacts of the Mobile Engagement Platform`,
      remedy: nameProposal(name, isName, 'to send it as a custom attribute, '),
    };
  }
  if (/^[a-z0-9_]+$/.test(name)) {
    return {
      rule: `a name has at most ${MAX_NAME_LENGTH} characters, this one has ${name.length}`,
      remedy: 'map the field to a shorter name',
    };
  }
  return { rule: 'a name is made of a-z, 0-9 and _', remedy: nameProposal(name, isName) };
}
