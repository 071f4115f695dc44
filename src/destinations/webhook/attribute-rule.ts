import type { AttributeMapping } from '../../activation/definitions.js';
import type { InvalidRowReason } from '../../activation/rendering.js';
import { decodeField } from '../../lines/format.js';
import type { MappedColumn } from '../destination.js';
import { type BodyRule, bodyRule } from '../kit/body-rule.js';
import { checkedColumn, type SendableAs } from '../kit/column-check.js';
import { type ValueLimits, valueByType } from '../kit/values/value-by-type.js';

const RULES_VERSION = 'webhook/1';

/** Whoever receives the calls sets no limit that we know: these keep a row from filling a call. */
const limits: ValueLimits = { text: 65_536, url: 65_536, items: 1_000 };
const MAX_IDENTIFIER_LENGTH = 1_024;

/** What `type:` of an attribute may say. */
export const sentAs = ['string', 'number', 'boolean', 'date', 'tags'] as const;
type SentAs = (typeof sentAs)[number];

/** What a column of each kind may be sent as; the first is what it is sent as when the mapping declares nothing. */
const sendable: SendableAs<SentAs> = {
  text: ['string'],
  number: ['number', 'string'],
  boolean: ['boolean', 'string'],
  date: ['date', 'string'],
  timestamp: ['date', 'string'],
  list: ['tags'],
  json: [],
};

/** How an attribute is written, from the kind of its column. Throws SegmentInvalid when the column cannot be sent. */
export function attributeRule(mapping: AttributeMapping, column: MappedColumn): BodyRule {
  const { kind, sentAs } = checkedColumn({ service: 'Webhook', sendable }, mapping, column);
  return bodyRule(RULES_VERSION, mapping.attribute, valueByType(mapping, kind, sentAs, limits), mapping);
}

/** Why no contact can have this identifier, or undefined. Identifiers are sent as they are. */
export function identifierFault(identifier: string): InvalidRowReason | undefined {
  if (identifier === '') return 'empty_identifier';
  return identifier.length > MAX_IDENTIFIER_LENGTH ? 'identifier_too_long' : undefined;
}

/** The same of a field as it stands in a line: a text has no more UTF-16 units than its field has bytes. */
export function identifierFieldFault(line: Buffer, start: number, end: number): InvalidRowReason | undefined {
  const isShort = end > start && end - start <= MAX_IDENTIFIER_LENGTH;
  return isShort ? undefined : identifierFault(decodeField(line, start, end) ?? '');
}
