import type { AttributeMapping } from '../../../activation/definitions.js';
import type { ColumnKind } from './column-kind.js';
import { MAX_TEXT_LENGTH, truncated } from './text.js';
import { cleared, invalid, sent, type ValueRule } from './value-rule.js';

const MAX_TAGS = 50;

/**
 * `ut.name`: an array of 1 to 50 strings of 1 to 64 UTF-16 units. Null and empty elements are dropped, dimensions do
 * not matter (tags are a set), and an array of which nothing is left clears: Batch refuses an empty one.
 */
export function tagsRule(mapping: AttributeMapping, kind: ColumnKind): ValueRule {
  const padded = kind === 'padded-text-array';
  return {
    key: `ut.${mapping.attribute}`,
    type: 'tags',
    policies: ['onTooLong'],
    render: (text) => {
      const elements = arrayElements(text);
      const tags = (padded ? elements.map((tag) => tag.replace(/ +$/, '')) : elements).filter((tag) => tag !== '');
      if (tags.length === 0) return cleared;
      if (tags.length > MAX_TAGS) return invalid('too_many_items');
      if (tags.every((tag) => tag.length <= MAX_TEXT_LENGTH)) return sent(JSON.stringify(tags));
      if (mapping.onTooLong === 'truncate') return sent(JSON.stringify(tags.map(truncated)));
      return invalid('too_long', mapping.onTooLong);
    },
    // So few bytes hold neither an element that is too long nor, with its commas, more than 50 elements.
    glance: (_line, start, end) => (end - start <= MAX_TEXT_LENGTH ? 'send' : undefined),
  };
}

/** An element in quotes, or one without; bounds such as `[2:3]=` and braces fall between the matches. */
const element = /"([^"\\]*(?:\\.[^"\\]*)*)"|([^{},"]+)/gs;

/** The elements of an array as PostgreSQL writes it, of all dimensions in order, without nulls. */
function arrayElements(text: string): string[] {
  const elements: string[] = [];
  for (const [, quoted, bare] of text.slice(text.indexOf('{')).matchAll(element)) {
    if (quoted !== undefined) elements.push(quoted.replace(/\\(.)/gs, '$1'));
    else if (bare !== 'NULL') elements.push(bare!);
  }
  return elements;
}
