import type { AttributeMapping } from '../../../activation/definitions.js';
import type { ColumnKind } from '../../../activation/segment-column.js';
import { booleanRule } from './boolean.js';
import { dateRule } from './date.js';
import { numberRule } from './number.js';
import { tagsRule } from './tags.js';
import { textRule } from './text.js';
import { urlRule } from './url.js';
import type { ValueRule } from './value-rule.js';

/** What values may be sent as. A destination names those that its service has. */
export type SentAs = 'string' | 'number' | 'boolean' | 'date' | 'url' | 'tags';

/** The kind of column that is sent as each type without ado, and what it holds. */
export const bestKinds: Record<SentAs, { kind: ColumnKind; holds: string }> = {
  string: { kind: 'text', holds: 'a text' },
  url: { kind: 'text', holds: 'a text' },
  number: { kind: 'number', holds: 'a number' },
  boolean: { kind: 'boolean', holds: 'true or false' },
  date: { kind: 'timestamp', holds: 'a date or a timestamp' },
  tags: { kind: 'list', holds: 'a list of texts' },
};

/** What a service takes at most. */
export interface ValueLimits {
  /** UTF-16 units of a string, and of a tag. */
  text: number;
  /** UTF-16 units of an address. */
  url: number;
  /** Tags of a list. */
  items: number;
}

/** How the values of an attribute are written as JSON: strings, numbers, true and false, dates in ISO 8601, lists of strings. */
export function valueByType(
  mapping: AttributeMapping,
  kind: ColumnKind,
  sentAs: SentAs,
  limits: ValueLimits,
): ValueRule {
  switch (sentAs) {
    case 'string':
      return textRule(mapping, kind, limits.text);
    case 'number':
      return numberRule(mapping);
    case 'boolean':
      return booleanRule();
    case 'date':
      return dateRule();
    case 'url':
      return urlRule(mapping, limits.url);
    case 'tags':
      return tagsRule(mapping, { maxItems: limits.items, maxLength: limits.text });
  }
}
