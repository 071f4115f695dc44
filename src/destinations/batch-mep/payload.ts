import { decodeField, endOfField } from '../../lines/format.js';
import type { MepAttributeRule } from './attribute-rule.js';
import { BodyWriter } from './values/body-writer.js';
import { fixedText, type FixedText } from './values/fixed-text.js';
import { writeText } from './values/text.js';
import { CANNOT_TELL } from './values/value-rule.js';

/** Rows of a chunk: contacts and the attributes to send for each. */
export interface ContactChanges {
  /** A line of COPY text each, with its newline: the identifier, then a field for each column. */
  data: Buffer;
  /** Where the line of a row (from 0) starts. */
  lineStart(row: number): number;
  /** Whether the column (from 0) of the row is to be sent. */
  carries(row: number, column: number): boolean;
}

const START = fixedText('{"id":');
const VALUES = fixedText(',"update":{"overwrite":false,"values":{');
const END = fixedText('}}}');
const COMMA = 44;
const OPEN = 91;
const CLOSE = 93;

/** Of a field's JSON beside its bytes, at most: `T00:00:00` and quotes; a tag's quotes take the place of its comma and itself. */
const MOST_BESIDE_FIELD = 16;

/** A body whose memory is used for another one once it is given back. */
export interface Body {
  readonly bytes: Buffer;
  /** Nobody reads its bytes any more. To be called once. */
  release(): void;
}

/** Given back. New memory for each body would be much of the garbage of a run. */
const free: BodyWriter[] = [];
/** More than the bodies of a few runs that are sent at once. */
const MOST_FREE = 8;

/**
 * The body of one call: an array of updates that leave the other attributes of each contact as they are. `rules` has
 * the rule of each column; `rows` are `from` to `to` (exclusive). Throws when a row has no identifier or carries a value
 * whose verdict is not to send: the diff never stores such a row. Bodies hold contact data and are never logged.
 *
 * Bytes of the lines go into the body as they are wherever they are JSON already: a text for each value takes several times
 * the time, half of it for collecting the texts.
 */
export function buildBody(rules: readonly MepAttributeRule[], rows: ContactChanges, from: number, to: number): Body {
  const columns = rules.map((rule) => ({ rule, key: fixedText(`${JSON.stringify(rule.key)}:`) }));
  const mostBesideLine =
    START.room + VALUES.room + END.room + columns.reduce((sum, { key }) => sum + key.room + MOST_BESIDE_FIELD, 2);
  const body = free.pop() ?? new BodyWriter();
  body.clear();
  body.reserve(2);
  body.appendByte(OPEN);
  for (let row = from; row < to; row++) {
    const room = mostBesideLine + 2 * (rows.lineStart(row + 1) - rows.lineStart(row));
    body.reserve(room + 1);
    if (row > from) body.appendByte(COMMA);
    writeContact(body, columns, rows, row, room);
  }
  body.appendByte(CLOSE);
  return {
    bytes: body.written(),
    release() {
      if (free.length < MOST_FREE) free.push(body);
    },
  };
}

function writeContact(
  body: BodyWriter,
  columns: readonly { rule: MepAttributeRule; key: FixedText }[],
  rows: ContactChanges,
  row: number,
  room: number,
): void {
  const { data } = rows;
  body.appendFixed(START);
  let at = writeIdentifier(body, data, rows.lineStart(row), room);
  body.appendFixed(VALUES);
  let isFirst = true;
  for (let column = 0; column < columns.length; column++) {
    if (!rows.carries(row, column)) {
      at = endOfField(data, at + 1, data.length);
      continue;
    }
    if (!isFirst) body.appendByte(COMMA);
    isFirst = false;
    const { rule, key } = columns[column]!;
    body.appendFixed(key);
    at = writeValue(body, rule, data, at + 1, room);
  }
  body.appendFixed(END);
}

/** Where the identifier ends. */
function writeIdentifier(body: BodyWriter, data: Buffer, start: number, room: number): number {
  const end = endOfField(data, start, data.length);
  if (writeText(data, start, end, body)) return end;
  const identifier = decodeField(data, start, end);
  if (identifier === null) throw new Error('A row of a chunk has no identifier');
  body.appendText(JSON.stringify(identifier), room);
  return end;
}

/** Where the field ends. */
function writeValue(body: BodyWriter, rule: MepAttributeRule, data: Buffer, start: number, room: number): number {
  const sentEnd = rule.endIfSent(data, start);
  if (sentEnd !== CANNOT_TELL && rule.writeJson(data, start, sentEnd, body)) return sentEnd;
  const end = endOfField(data, start, data.length);
  const rendered = rule.render(decodeField(data, start, end));
  if (rendered.verdict !== 'send') throw new Error(`A row of a chunk carries ${rule.key}, which is not to be sent`);
  body.appendText(rendered.json, room);
  return end;
}
