import type { AttributeMapping } from '../../activation/definitions.js';
import type { AttributeRule, Rendered } from '../../activation/rendering.js';
import { BACKSLASH, decodeField } from '../../lines/format.js';
import type { BodyWriter } from './values/body-writer.js';
import { cleared, type ValueRule } from './values/value-rule.js';

/** How an attribute is judged, and how its fields get into a body. */
export interface BodyRule extends AttributeRule {
  /** See `ValueRule`. */
  writeJson(line: Buffer, start: number, end: number, into: BodyWriter): boolean;
}

const CAPITAL_N = 78;

/**
 * The rule of an attribute that is sent under `key`: `value` writes its values, the mapping says what becomes of a null.
 * `version` names the destination's type and the version of its rules, and is part of the rendering: another one
 * sends every value again, so it is raised only when the same text is written in another way.
 */
export function bodyRule(version: string, key: string, value: ValueRule, mapping: AttributeMapping): BodyRule {
  const whenNull: Rendered = mapping.onNull === 'clear' ? cleared : { verdict: 'skip' };
  const policies = (['onNull', ...value.policies] as const).map((policy) => `${policy}=${mapping[policy]}`);
  return {
    key,
    rendering: `${version} ${value.type} ${policies.join(' ')}`,
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
