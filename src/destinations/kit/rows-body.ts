import { decodeField, endOfField } from '../../lines/format.js';
import type { Sending, SentRows, Traits } from '../destination.js';
import type { Body } from './body.js';
import type { BodyRule } from './body-rule.js';
import { BodyWriter } from './values/body-writer.js';
import { fixedText, type FixedText } from './values/fixed-text.js';
import { writeText } from './values/text.js';
import { CANNOT_TELL } from './values/value-rule.js';

/** The texts of a body around what the rows give: identifier and fields, as members of an object. */
export interface RowsTemplate {
  /** Before the first row. */
  open: string;
  beforeIdentifier: string;
  beforeFields: string;
  afterFields: string;
  /** After the last row. */
  close: string;
}

const COMMA = 44;

/** Of a field's JSON beside its bytes, at most: `T00:00:00` and quotes; a tag's quotes take the place of its comma and itself. */
const MOST_BESIDE_FIELD = 16;

/**
 * Makes bodies by a template: for each row its identifier and the fields that it carries, with a comma between rows. Of a
 * `whole` row the other fields are written, too, but for those whose verdict is not to send. Throws
 * when a row has no identifier or carries a value whose verdict is not to send: the diff never stores such a row. Bodies hold
 * contact data and are never logged.
 *
 * Bytes of the lines go into the body as they are wherever they are JSON already: a text for each value takes several times
 * the time, half of it for collecting the texts.
 */
export function rowsBody(
  template: RowsTemplate,
  carries: Traits['carries'] = 'changed',
): (sending: Pick<Sending, 'rules' | 'rows' | 'from' | 'to'>) => Body {
  const open = fixedText(template.open);
  const close = fixedText(template.close);
  const texts: RowTexts = {
    start: fixedText(template.beforeIdentifier),
    values: fixedText(template.beforeFields),
    end: fixedText(template.afterFields),
  };
  const mostBesideFields = texts.start.room + texts.values.room + texts.end.room + close.room + 2;
  return ({ rules, rows, from, to }) => {
    const columns = rules.map((rule) => ({ rule, key: fixedText(`${JSON.stringify(rule.key)}:`) }));
    const mostBesideLine = columns.reduce((sum, { key }) => sum + key.room + MOST_BESIDE_FIELD, mostBesideFields);
    const writer = new BodyWriter();
    writer.reserve(open.room + close.room);
    writer.appendFixed(open);
    for (let row = from; row < to; row++) {
      const room = mostBesideLine + 2 * (rows.lineStart(row + 1) - rows.lineStart(row));
      writer.reserve(room + 1);
      if (row > from) writer.appendByte(COMMA);
      writeContact(writer, texts, columns, rows, row, room, carries);
    }
    writer.appendFixed(close);
    return { bytes: writer.written(), release: () => writer.release() };
  };
}

interface RowTexts {
  start: FixedText;
  values: FixedText;
  end: FixedText;
}

function writeContact(
  body: BodyWriter,
  texts: RowTexts,
  columns: readonly { rule: BodyRule; key: FixedText }[],
  rows: SentRows,
  row: number,
  room: number,
  carries: Traits['carries'],
): void {
  const { data } = rows;
  body.appendFixed(texts.start);
  let at = writeIdentifier(body, data, rows.lineStart(row), room);
  body.appendFixed(texts.values);
  let isFirst = true;
  for (let column = 0; column < columns.length; column++) {
    const { rule, key } = columns[column]!;
    if (!rows.carries(row, column)) {
      const end = endOfField(data, at + 1, data.length);
      if (carries === 'changed' || rule.classify(data, at + 1, end) !== 'send') {
        at = end;
        continue;
      }
    }
    if (!isFirst) body.appendByte(COMMA);
    isFirst = false;
    body.appendFixed(key);
    at = writeValue(body, rule, data, at + 1, room);
  }
  body.appendFixed(texts.end);
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
function writeValue(body: BodyWriter, rule: BodyRule, data: Buffer, start: number, room: number): number {
  const sentEnd = rule.endIfSent(data, start);
  if (sentEnd !== CANNOT_TELL && rule.writeJson(data, start, sentEnd, body)) return sentEnd;
  const end = endOfField(data, start, data.length);
  const rendered = rule.render(decodeField(data, start, end));
  if (rendered.verdict !== 'send') throw new Error(`A row of a chunk carries ${rule.key}, which is not to be sent`);
  body.appendText(rendered.json, room);
  return end;
}
