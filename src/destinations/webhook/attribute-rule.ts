import type { AttributeMapping } from '../../activation/definitions.js';
import type { InvalidRowReason } from '../../activation/rendering.js';
import type { ColumnKind } from '../../activation/segment-column.js';
import { decodeField } from '../../lines/format.js';
import type { MappedColumn } from '../destination.js';
import { type BodyRule, bodyRule } from '../kit/body-rule.js';
import { type BestKinds, checkedColumn, type SendableAs } from '../kit/column-check.js';
import { booleanRule } from '../kit/values/boolean.js';
import { dateRule } from '../kit/values/date.js';
import { numberRule } from '../kit/values/number.js';
import { tagsRule } from '../kit/values/tags.js';
import { textRule } from '../kit/values/text.js';
import type { ValueRule } from '../kit/values/value-rule.js';

const RULES_VERSION = 'webhook/1';

/** Longest string, identifier and list. Whoever receives the calls sets no limit that we know: these keep a row from filling a call. */
const MAX_TEXT_LENGTH = 65_536;
const MAX_IDENTIFIER_LENGTH = 1_024;
const MAX_ITEMS = 1_000;

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

const bestKinds: BestKinds<SentAs> = {
  string: { kind: 'text', holds: 'a text' },
  number: { kind: 'number', holds: 'a number' },
  boolean: { kind: 'boolean', holds: 'true or false' },
  date: { kind: 'timestamp', holds: 'a date or a timestamp' },
  tags: { kind: 'list', holds: 'a list of texts' },
};

/** How an attribute is written, from the kind of its column. Throws SegmentInvalid when the column cannot be sent. */
export function attributeRule(mapping: AttributeMapping, column: MappedColumn): BodyRule {
  const { kind, sentAs } = checkedColumn({ service: 'Webhook', sendable, bestKinds }, mapping, column);
  return bodyRule(RULES_VERSION, mapping.attribute, valueRule(mapping, kind, sentAs), mapping);
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
    case 'tags':
      return tagsRule(mapping, { maxItems: MAX_ITEMS, maxLength: MAX_TEXT_LENGTH });
  }
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
