import { endsField } from '../../../lines/format.js';
import type { AttributeMapping } from '../../../activation/definitions.js';
import { CANNOT_TELL, endOfDigits, invalid, sent, type ValueRule } from './value-rule.js';

const numberOfJson = /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/;
const DOT = 46;
const MINUS = 45;
const ZERO = 48;

/**
 * A JSON number with PostgreSQL's own digits (`1.00` stays `1.00`), so that no digit is lost on the way.
 * NaN and infinities are `not_finite`; beyond +-(2^53-1) it is `out_of_range`, since readers of JSON round such numbers.
 */
export function numberRule(mapping: AttributeMapping): ValueRule {
  return {
    type: 'number',
    policies: ['onNotFinite'],
    render: (text) => {
      if (!isFinite(text)) return invalid('not_finite', mapping.onNotFinite);
      return Math.abs(Number(text)) > Number.MAX_SAFE_INTEGER ? invalid('out_of_range') : sent(text);
    },
    endIfSent: endOfShortNumber,
    writeJson: (line, start, end, into) => {
      into.append(line, start, end);
      return true;
    },
  };
}

/** Whether PostgreSQL's text of a number is a finite one. Anything else than a number of JSON is not. */
export function isFinite(text: string): boolean {
  return numberOfJson.test(text);
}

/** At most 15 bytes, so within 2^53, of the form -12.50. */
export function endOfShortNumber(line: Buffer, start: number): number {
  const first = line[start] === MINUS ? start + 1 : start;
  let at = endOfDigits(line, first);
  if (at === first || (line[first] === ZERO && at > first + 1)) return CANNOT_TELL;
  if (line[at] === DOT) {
    const fraction = at + 1;
    at = endOfDigits(line, fraction);
    if (at === fraction) return CANNOT_TELL;
  }
  return endsField(line[at]) && at - start <= 15 ? at : CANNOT_TELL;
}
