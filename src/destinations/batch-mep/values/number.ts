import type { AttributeMapping } from '../../../activation/definitions.js';
import { invalid, isDigit, sent, type ValueRule } from './value-rule.js';

const numberOfJson = /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/;
const DOT = 46;
const MINUS = 45;
const ZERO = 48;

/**
 * `u.name`: a JSON number with PostgreSQL's own digits (`1.00` stays `1.00`), so that no digit is lost on the way.
 * NaN and infinities are `not_finite`; beyond +-(2^53-1) it is `out_of_range`, since readers of JSON round such numbers.
 */
export function numberRule(mapping: AttributeMapping): ValueRule {
  return {
    key: `u.${mapping.attribute}`,
    type: 'number',
    policies: ['onNotFinite'],
    render: (text) => {
      if (!isFinite(text)) return invalid('not_finite', mapping.onNotFinite);
      return Math.abs(Number(text)) > Number.MAX_SAFE_INTEGER ? invalid('out_of_range') : sent(text);
    },
    glance: (line, start, end) => (isShortNumber(line, start, end) ? 'send' : undefined),
  };
}

/** Whether PostgreSQL's text of a number is a finite one. Anything else than a number of JSON is not. */
export function isFinite(text: string): boolean {
  return numberOfJson.test(text);
}

/** At most 15 bytes, so within 2^53, of the form -12.50. */
function isShortNumber(line: Buffer, start: number, end: number): boolean {
  if (end - start > 15) return false;
  const first = line[start] === MINUS ? start + 1 : start;
  if (line[first] === ZERO && isDigit(line[first + 1]) && first + 1 < end) return false;
  let dots = 0;
  for (let i = first; i < end; i++) {
    if (isDigit(line[i])) continue;
    if (line[i] !== DOT || dots > 0 || i === first) return false;
    dots++;
  }
  return first < end && line[end - 1] !== DOT;
}
