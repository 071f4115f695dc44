import { BACKSLASH, decodeField } from '../../lines/format.js';
import type { AttributeMapping } from '../../activation/definitions.js';
import type { AttributeRule, Rendered } from '../../activation/rendering.js';
import { checkedColumn, type MappedColumn } from './column-check.js';
import type { BodyWriter } from './values/body-writer.js';
import { booleanRule } from './values/boolean.js';
import { dateRule } from './values/date.js';
import { numberRule } from './values/number.js';
import { tagsRule } from './values/tags.js';
import { textRule } from './values/text.js';
import { urlRule } from './values/url.js';
import { cleared, type ValueRule } from './values/value-rule.js';

/** Part of every rendering. Raising it sends every value again: only when the same text is written in another way. */
const RULES_VERSION = 1;

const CAPITAL_N = 78;

export interface MepAttributeRule extends AttributeRule {
  /** See `ValueRule`. */
  writeJson(line: Buffer, start: number, end: number, into: BodyWriter): boolean;
}

/**
 * How an attribute is written for Batch, from the kind of its column.
 *
 * Throws SegmentInvalid when the column cannot be sent, or not as the type that the mapping declares, and ConfigInvalid
 * for a policy that makes no sense for the type.
 */
export function attributeRule(mapping: AttributeMapping, column: MappedColumn): MepAttributeRule {
  const value = valueRule(mapping, column);
  const whenNull: Rendered = mapping.onNull === 'clear' ? cleared : { verdict: 'skip' };
  const policies = (['onNull', ...value.policies] as const).map((policy) => `${policy}=${mapping[policy]}`);
  return {
    key: value.key,
    rendering: `batch-mep/${RULES_VERSION} ${value.type} ${policies.join(' ')}`,
    render: (text) => (text === null ? whenNull : value.render(text)),
    classify: (line, start, end) => {
      const isNull = end - start === 2 && line[start] === BACKSLASH && line[start + 1] === CAPITAL_N;
      if (isNull) return whenNull.verdict;
      if (value.endIfSent(line, start) === end) return 'send';
      return value.render(decodeField(line, start, end)!).verdict;
    },
    endIfSent: value.endIfSent,
    writeJson: value.writeJson,
  };
}

function valueRule(mapping: AttributeMapping, column: MappedColumn): ValueRule {
  const { kind, sentAs } = checkedColumn(mapping, column);
  switch (sentAs) {
    case 'string':
      return textRule(mapping, kind);
    case 'number':
      return numberRule(mapping);
    case 'boolean':
      return booleanRule(mapping);
    case 'date':
      return dateRule(mapping);
    case 'url':
      return urlRule(mapping);
    case 'tags':
      return tagsRule(mapping);
  }
}
