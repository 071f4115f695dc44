import { BACKSLASH, endsField } from '../../../lines/format.js';
import type { AttributeMapping } from '../../../activation/definitions.js';
import type { Rendered } from '../../../activation/rendering.js';
import type { ColumnKind } from '../../../activation/segment-column.js';
import type { BodyWriter } from './body-writer.js';
import { endOfBoolean } from './boolean.js';
import { endOfShortNumber, isFinite } from './number.js';
import { CANNOT_TELL, cleared, invalid, sent, type ValueRule } from './value-rule.js';

/**
 * A string of 1 to so many UTF-16 units; the empty string clears. A number or a date is sent as the source writes it, a
 * boolean as true or false.
 */
export function textRule(mapping: AttributeMapping, kind: ColumnKind, maxLength: number): ValueRule {
  const endOfShortText = endOfTextUpTo(maxLength);
  const renderText = (text: string): Rendered => {
    if (text === '') return cleared;
    if (text.length <= maxLength) return sent(JSON.stringify(text));
    if (mapping.onTooLong === 'truncate') return sent(JSON.stringify(truncated(text, maxLength)));
    return invalid('too_long', mapping.onTooLong);
  };
  const rule = { type: 'string', policies: ['onTooLong'] as const };
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

/** Cut to so many UTF-16 units, without leaving half of a surrogate pair. */
export function truncated(text: string, maxLength: number): string {
  const last = text.charCodeAt(maxLength - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? maxLength - 1 : maxLength);
}

type EndIfSent = ValueRule['endIfSent'];

/** One function for each length: functions of their own would make the loops over all attributes slower. */
const endsByLength = new Map<number, EndIfSent>();

/**
 * Where a text of at most so many UTF-16 units ends: UTF-8 and escapes only ever take more bytes than UTF-16 takes units. A
 * field that begins with an escape may be a null.
 */
export function endOfTextUpTo(maxLength: number): EndIfSent {
  const known = endsByLength.get(maxLength);
  if (known) return known;
  const endIfSent: EndIfSent = (line, start) => {
    if (line[start] === BACKSLASH) return CANNOT_TELL;
    const longest = start + maxLength;
    for (let at = start; at <= longest; at++) {
      if (endsField(line[at])) return at;
    }
    return CANNOT_TELL;
  };
  endsByLength.set(maxLength, endIfSent);
  return endIfSent;
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
