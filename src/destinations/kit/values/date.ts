import { endsField } from '../../../lines/format.js';
import type { BodyWriter } from './body-writer.js';
import { CANNOT_TELL, endOfDigits, invalid, isDigit, sent, type ValueRule } from './value-rule.js';

const isoDate = /^(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d:\d\d)(?:\.\d+)?(?:\+00)?)?$/;

/**
 * `YYYY-MM-DDTHH:mm:ss` in UTC; a date is its midnight. Fractions of a second are dropped. Infinite dates and those
 * outside the years 1 to 9999 are `bad_date`. The text is PostgreSQL's under timezone UTC and datestyle ISO.
 */
export function dateRule(): ValueRule {
  return {
    type: 'date',
    policies: [],
    render: (text) => {
      const [, day, time = '00:00:00'] = isoDate.exec(text) ?? [];
      return day === undefined ? invalid('bad_date') : sent(`"${day}T${time}"`);
    },
    endIfSent: endOfDate,
    writeJson: writeDate,
  };
}

const DASH = 45;
const BLANK = 32;
const COLON = 58;
const DOT = 46;
const PLUS = 43;
const ZERO = 48;

/** The pattern above on bytes. */
function endOfDate(line: Buffer, start: number): number {
  if (!isDay(line, start)) return CANNOT_TELL;
  let at = start + 10;
  if (endsField(line[at])) return at;
  if (!isTime(line, at)) return CANNOT_TELL;
  at += 9;
  if (line[at] === DOT && isDigit(line[at + 1])) at = endOfDigits(line, at + 1);
  if (line[at] === PLUS && line[at + 1] === ZERO && line[at + 2] === ZERO) at += 3;
  return endsField(line[at]) ? at : CANNOT_TELL;
}

const QUOTE = 34;
const CAPITAL_T = 84;
const MIDNIGHT = Buffer.from('T00:00:00"');

function writeDate(line: Buffer, start: number, end: number, into: BodyWriter): boolean {
  into.appendByte(QUOTE);
  into.append(line, start, start + 10);
  if (end === start + 10) {
    into.append(MIDNIGHT, 0, MIDNIGHT.length);
  } else {
    into.appendByte(CAPITAL_T);
    into.append(line, start + 11, start + 19);
    into.appendByte(QUOTE);
  }
  return true;
}

/** Of the form 2026-01-31. */
function isDay(line: Buffer, at: number): boolean {
  return (
    areTwoDigits(line, at) &&
    areTwoDigits(line, at + 2) &&
    line[at + 4] === DASH &&
    areTwoDigits(line, at + 5) &&
    line[at + 7] === DASH &&
    areTwoDigits(line, at + 8)
  );
}

/** A blank, then of the form 23:59:59. */
function isTime(line: Buffer, at: number): boolean {
  return (
    line[at] === BLANK &&
    areTwoDigits(line, at + 1) &&
    line[at + 3] === COLON &&
    areTwoDigits(line, at + 4) &&
    line[at + 6] === COLON &&
    areTwoDigits(line, at + 7)
  );
}

function areTwoDigits(line: Buffer, at: number): boolean {
  return isDigit(line[at]) && isDigit(line[at + 1]);
}
