import type { AttributeMapping } from '../../../activation/definitions.js';
import type { Rendered } from '../../../activation/rendering.js';
import type { ColumnKind } from './column-kind.js';
import { isFinite } from './number.js';
import { cannotTell, cleared, invalid, sent, type ValueRule } from './value-rule.js';

/** Longest string and tag. Batch says characters, its SDKs count UTF-16 units: the stricter of the two. */
export const MAX_TEXT_LENGTH = 64;

/**
 * `u.name`: a string of 1 to 64 UTF-16 units; the empty string clears. A number or a date is sent as PostgreSQL writes
 * it, a boolean as true or false; `character(n)` without the blanks that PostgreSQL pads it with.
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
        glance: cannotTell,
      };
    case 'boolean':
      return { ...rule, render: (text) => sent(text === 't' ? '"true"' : '"false"'), glance: () => 'send' };
    case 'padded-text':
      return { ...rule, render: (text) => renderText(text.replace(/ +$/, '')), glance: glanceAtLength };
    case 'text':
    case 'date':
    case 'text-array':
    case 'padded-text-array':
      return { ...rule, render: renderText, glance: glanceAtLength };
  }
}

/** Cut to 64 UTF-16 units, without leaving half of a surrogate pair. */
export function truncated(text: string): string {
  const last = text.charCodeAt(MAX_TEXT_LENGTH - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? MAX_TEXT_LENGTH - 1 : MAX_TEXT_LENGTH);
}

/** UTF-8 and escapes only ever take more bytes than UTF-16 takes units. */
function glanceAtLength(_line: Buffer, start: number, end: number) {
  return end - start <= MAX_TEXT_LENGTH ? 'send' : undefined;
}
