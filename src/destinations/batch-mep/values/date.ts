import type { AttributeMapping } from '../../../activation/definitions.js';
import { invalid, isDigit, sent, type ValueRule } from './value-rule.js';

const isoDate = /^(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d:\d\d)(?:\.\d+)?(?:\+00)?)?$/;

/**
 * `date(u.name)`: `YYYY-MM-DDTHH:mm:ss` in UTC; a date is its midnight. Fractions of a second are dropped: whole
 * seconds are the only form that this route is known to take. Infinite dates and those outside the years 1 to 9999
 * are `bad_date`. The text is PostgreSQL's under timezone UTC and datestyle ISO.
 */
export function dateRule(mapping: AttributeMapping): ValueRule {
  return {
    key: `date(u.${mapping.attribute})`,
    type: 'date',
    policies: [],
    render: (text) => {
      const [, day, time = '00:00:00'] = isoDate.exec(text) ?? [];
      return day === undefined ? invalid('bad_date') : sent(`"${day}T${time}"`);
    },
    glance: (line, start, end) => (hasShape(line, start, end) ? 'send' : undefined),
  };
}

const dayShape = Buffer.from('0000-00-00');
const secondShape = Buffer.from('0000-00-00 00:00:00');
const DIGIT = 48;
const DOT = 46;
const PLUS = 43;
const ZERO = 48;

/** The pattern above on bytes. */
function hasShape(line: Buffer, start: number, end: number): boolean {
  const length = end - start;
  if (length === dayShape.length) return startsWith(line, start, dayShape);
  if (length < secondShape.length || !startsWith(line, start, secondShape)) return false;
  let at = start + secondShape.length;
  if (line[at] === DOT && at + 1 < end && isDigit(line[at + 1])) {
    at += 2;
    while (at < end && isDigit(line[at])) at++;
  }
  return at === end || (end - at === 3 && line[at] === PLUS && line[at + 1] === ZERO && line[at + 2] === ZERO);
}

function startsWith(line: Buffer, start: number, shape: Buffer): boolean {
  for (let i = 0; i < shape.length; i++) {
    const byte = line[start + i];
    if (shape[i] === DIGIT ? !isDigit(byte) : byte !== shape[i]) return false;
  }
  return true;
}
