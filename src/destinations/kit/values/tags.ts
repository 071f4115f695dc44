import { BACKSLASH } from '../../../lines/format.js';
import type { AttributeMapping } from '../../../activation/definitions.js';
import type { BodyWriter } from './body-writer.js';
import { endOfTextUpTo, FIRST_PRINTABLE, truncated } from './text.js';
import { cleared, invalid, sent, type ValueRule } from './value-rule.js';

/**
 * An array of 1 to so many strings, each of 1 to so many UTF-16 units. Null and empty elements are dropped, dimensions do
 * not matter (tags are a set), and an array of which nothing is left clears.
 */
export function tagsRule(
  mapping: AttributeMapping,
  { maxItems, maxLength }: { maxItems: number; maxLength: number },
): ValueRule {
  return {
    type: 'tags',
    policies: ['onTooLong'],
    render: (text) => {
      const tags = arrayElements(text).filter((tag) => tag !== '');
      if (tags.length === 0) return cleared;
      if (tags.length > maxItems) return invalid('too_many_items');
      if (tags.every((tag) => tag.length <= maxLength)) return sent(JSON.stringify(tags));
      if (mapping.onTooLong === 'truncate') return sent(JSON.stringify(tags.map((tag) => truncated(tag, maxLength))));
      return invalid('too_long', mapping.onTooLong);
    },
    // So few bytes hold neither an element that is too long nor, each with its comma, too many.
    endIfSent: endOfTextUpTo(Math.min(maxLength, 2 * maxItems)),
    writeJson: writeTags,
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

const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const CAPITAL_N = 78;

/**
 * Appends `{a,"b c"}` as `["a","b c"]`. What has bounds, braces, escapes, empty elements or a bare one that begins like NULL
 * is left to `render`, as is the empty array.
 */
function writeTags(line: Buffer, start: number, end: number, into: BodyWriter): boolean {
  if (line[start] !== OPEN || end - start < 3) return false;
  const { bytes } = into;
  let { length } = into;
  bytes[length++] = OPEN_BRACKET;
  for (let at = start + 1; ; at++) {
    const isQuoted = line[at] === QUOTE;
    if (isQuoted) at++;
    else if (line[at] === CAPITAL_N) return false;
    bytes[length++] = QUOTE;
    const elementStart = length;
    for (let byte = line[at]!; isQuoted ? byte !== QUOTE : byte !== COMMA && byte !== CLOSE; byte = line[++at]!) {
      if (byte < FIRST_PRINTABLE || byte === BACKSLASH || byte === QUOTE || byte === OPEN) return false;
      bytes[length++] = byte;
    }
    if (length === elementStart) return false;
    bytes[length++] = QUOTE;
    if (isQuoted) at++;
    if (line[at] === CLOSE) {
      if (at + 1 !== end) return false;
      bytes[length++] = CLOSE_BRACKET;
      into.length = length;
      return true;
    }
    if (line[at] !== COMMA) return false;
    bytes[length++] = COMMA;
  }
}
