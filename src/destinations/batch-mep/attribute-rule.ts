import type { AttributeMapping } from '../../activation/definitions.js';
import { type BodyRule, bodyRule } from '../kit/body-rule.js';
import type { MappedColumn } from '../destination.js';
import { checkedColumn, type SendableAs } from '../kit/column-check.js';
import { type ValueLimits, valueByType } from '../kit/values/value-by-type.js';

const RULES_VERSION = 'batch-mep/1';

/** Batch says characters, its SDKs count UTF-16 units: the stricter of the two. */
const limits: ValueLimits = { text: 64, url: 2048, items: 50 };

/** What `type:` of an attribute may say. */
export const sentAs = ['string', 'number', 'boolean', 'date', 'url', 'tags'] as const;
type SentAs = (typeof sentAs)[number];

const sendable: SendableAs<SentAs> = {
  text: ['string', 'url'],
  number: ['number', 'string'],
  boolean: ['boolean', 'string'],
  date: ['date', 'string'],
  timestamp: ['date', 'string'],
  list: ['tags'],
  json: [],
};

/**
 * How an attribute is written for Batch, from the kind of its column.
 *
 * Throws SegmentInvalid when the column cannot be sent, or not as the type that the mapping declares, and ConfigInvalid
 * for a policy that makes no sense for the type.
 */
export function attributeRule(mapping: AttributeMapping, column: MappedColumn): BodyRule {
  const { kind, sentAs } = checkedColumn({ service: 'Batch', sendable }, mapping, column);
  return bodyRule(RULES_VERSION, keyOf(mapping.attribute, sentAs), valueByType(mapping, kind, sentAs, limits), mapping);
}

/** The name in the request, which says the type. */
function keyOf(attribute: string, sentAs: SentAs): string {
  switch (sentAs) {
    case 'date':
      return `date(u.${attribute})`;
    case 'url':
      return `url(u.${attribute})`;
    case 'tags':
      return `${TAGS_PREFIX}${attribute}`;
    case 'string':
    case 'number':
    case 'boolean':
      return `u.${attribute}`;
  }
}

const TAGS_PREFIX = 'ut.';

export function isOfTags({ key }: { key: string }): boolean {
  return key.startsWith(TAGS_PREFIX);
}
