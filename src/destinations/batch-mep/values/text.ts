import { BACKSLASH, endsField } from '../../../lines/format.js';
import type { AttributeMapping } from '../../../activation/definitions.js';
import type { Rendered } from '../../../activation/rendering.js';
import type { ColumnKind } from '../../../activation/segment-column.js';
import type { BodyWriter } from './body-writer.js';
import { endOfBoolean } from './boolean.js';
import { endOfShortNumber, isFinite } from './number.js';
import { CANNOT_TELL, cleared, invalid, sent, type ValueRule } from './value-rule.js';

/** Longest string and tag. Batch says characters, its SDKs count UTF-16 units: the stricter of the two. */
export const MAX_TEXT_LENGTH = 64;

/**
 * `u.name`: a string of 1 to 64 UTF-16 units; the empty string clears. A number or a date is sent as the source
 * writes it, a boolean as true or false.
 */
export function textRule(mapping: AttributeMapping, kind: ColumnKind): ValueRule {
  const renderText = (text: string): Rendered => {
    if (text === '') return cleared;
    if (text.length <= MAX_TEXT_LENGTH) return sent(JSON.stringify(text));
    if (mapping.onTooLong === 'truncate') return sent(JSON.stringify(truncated(text)));
    return invalid('too_long', mapping.onTooLong);
  };
  const rule = { key: `u.${mapping.attribute}`, type: 'string', policies: ['onTooLong'] as const };
  switch (kind) {
    case 'number':
      return {
        ...rule,
        policies: ['onTooLong', 'onNotFinite'],
        render: (text) => (isFinite(text) ? renderText(text) : invalid('not_finite', mapping.onNotFinite)),
        endIfSent: endOfShortNumber,
        writeJson: writeText,
      };
    case 'boolean':
      return {
        ...rule,
        render: (text) => sent(text === 't' ? '"true"' : '"false"'),
        endIfSent: endOfBoolean,
        writeJson: () => false,
      };
    case 'text':
    case 'date':
    case 'timestamp':
    case 'list':
    case 'json':
      return { ...rule, render: renderText, endIfSent: endOfShortText, writeJson: writeText };
  }
}

/** Cut to 64 UTF-16 units, without leaving half of a surrogate pair. */
export function truncated(text: string): string {
  const last = text.charCodeAt(MAX_TEXT_LENGTH - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? MAX_TEXT_LENGTH - 1 : MAX_TEXT_LENGTH);
}

/**
 * UTF-8 and escapes only ever take more bytes than UTF-16 takes units. A field that begins with an escape may be a null.
 */
export function endOfShortText(line: Buffer, start: number): number {
  if (line[start] === BACKSLASH) return CANNOT_TELL;
  const longest = start + MAX_TEXT_LENGTH;
  for (let at = start; at <= longest; at++) {
    if (endsField(line[at])) return at;
  }
  return CANNOT_TELL;
}

const QUOTE = 34;
/** Bytes below it are control characters. */
export const FIRST_PRINTABLE = 32;

/**
 * Appends text as a JSON string while nothing in it is escaped: COPY escapes the backslash and, all but a few, the control
 * characters; JSON the quote, the backslash and all control characters. The empty text, which has a meaning of its own, is
 * not written either.
 */
export function writeText(line: Buffer, start: number, end: number, into: BodyWriter): boolean {
  if (start === end) return false;
  const { bytes } = into;
  let { length } = into;
  bytes[length++] = QUOTE;
  for (let at = start; at < end; at++) {
    const byte = line[at]!;
    if (byte < FIRST_PRINTABLE || byte === QUOTE || byte === BACKSLASH) return false;
    bytes[length++] = byte;
  }
  bytes[length++] = QUOTE;
  into.length = length;
  return true;
}
