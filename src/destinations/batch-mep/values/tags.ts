import { BACKSLASH } from '../../../activation/copy-text.js';
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

const QUOTE = 34;
const COMMA = 44;
const OPEN = 123;
const CLOSE = 125;

/**
 * The elements of an array as PostgreSQL writes it, of all dimensions in order, without nulls. Bounds before the first
 * brace (`[2:3]=`) are passed over. A loop, because a regular expression took more than twice as long.
 */
function arrayElements(text: string): string[] {
  const elements: string[] = [];
  let at = Math.max(0, text.indexOf('{'));
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === OPEN || code === COMMA || code === CLOSE) {
      at++;
    } else if (code === QUOTE) {
      const end = endOfQuoted(text, at + 1);
      const element = text.slice(at + 1, end);
      elements.push(element.includes('\\') ? element.replace(/\\(.)/gs, '$1') : element);
      at = end + 1;
    } else {
      const end = endOfBare(text, at);
      const element = text.slice(at, end);
      if (element !== 'NULL') elements.push(element);
      at = end;
    }
  }
  return elements;
}

function endOfQuoted(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}

function endOfBare(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) !== COMMA && text.charCodeAt(at) !== CLOSE) at++;
  return at;
}
