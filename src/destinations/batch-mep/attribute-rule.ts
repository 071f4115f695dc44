import type { AttributeMapping } from '../../activation/definitions.js';
import { type BodyRule, bodyRule } from '../kit/body-rule.js';
import type { ColumnKind } from '../../activation/segment-column.js';
import type { MappedColumn } from '../destination.js';
import { type BestKinds, checkedColumn, type SendableAs } from '../kit/column-check.js';
import { booleanRule } from '../kit/values/boolean.js';
import { dateRule } from '../kit/values/date.js';
import { numberRule } from '../kit/values/number.js';
import { tagsRule } from '../kit/values/tags.js';
import { textRule } from '../kit/values/text.js';
import { urlRule } from '../kit/values/url.js';
import type { ValueRule } from '../kit/values/value-rule.js';

const RULES_VERSION = 'batch-mep/1';

/** Longest string and tag. Batch says characters, its SDKs count UTF-16 units: the stricter of the two. */
const MAX_TEXT_LENGTH = 64;
const MAX_URL_LENGTH = 2048;
const MAX_TAGS = 50;

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

const bestKinds: BestKinds<SentAs> = {
  string: { kind: 'text', holds: 'a text' },
  url: { kind: 'text', holds: 'a text' },
  number: { kind: 'number', holds: 'a number' },
  boolean: { kind: 'boolean', holds: 'true or false' },
  date: { kind: 'timestamp', holds: 'a date or a timestamp' },
  tags: { kind: 'list', holds: 'a list of texts' },
};

/**
 * How an attribute is written for Batch, from the kind of its column.
 *
 * Throws SegmentInvalid when the column cannot be sent, or not as the type that the mapping declares, and ConfigInvalid
 * for a policy that makes no sense for the type.
 */
export function attributeRule(mapping: AttributeMapping, column: MappedColumn): BodyRule {
  const { kind, sentAs } = checkedColumn({ service: 'Batch', sendable, bestKinds }, mapping, column);
  return bodyRule(RULES_VERSION, keyOf(mapping.attribute, sentAs), valueRule(mapping, kind, sentAs), mapping);
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

function valueRule(mapping: AttributeMapping, kind: ColumnKind, sentAs: SentAs): ValueRule {
  switch (sentAs) {
    case 'string':
      return textRule(mapping, kind, MAX_TEXT_LENGTH);
    case 'number':
      return numberRule(mapping);
    case 'boolean':
      return booleanRule();
    case 'date':
      return dateRule();
    case 'url':
      return urlRule(mapping, MAX_URL_LENGTH);
    case 'tags':
      return tagsRule(mapping, { maxItems: MAX_TAGS, maxLength: MAX_TEXT_LENGTH });
  }
}
