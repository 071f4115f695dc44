import { decodeField, endOfField } from '../../../src/lines/format.js';
import type { AttributeRule } from '../../../src/activation/rendering.js';
import { endOfKey } from '../../../src/lines/keys.js';
import type { HeldChunk } from './store.js';

/** What a request says of a contact: attribute keys with their values as JSON text, in the order of the mapping. */
export type Content = [key: string, json: string][];

/** What the chunk's row carries. Throws when the destination could not hold it. */
export function contentOf({ rows, mapping }: HeldChunk, row: number): Content {
  const line = rows.line(row);
  const fields = fieldsOf(line);
  return mapping.rules.flatMap((rule, column): Content => {
    return rows.carries(row, column) ? [sent(rule, decodeField(line, ...fields[column]!))] : [];
  });
}

function sent(rule: AttributeRule, text: string | null): [string, string] {
  const rendered = rule.render(text);
  if (rendered.verdict !== 'send') throw new Error('only values that the destination can hold are carried');
  return [rule.key, rendered.json];
}

/** Where the values of a line start and end. */
export function fieldsOf(line: Buffer): [number, number][] {
  const fields: [number, number][] = [];
  for (let at = endOfKey(line, 0) + 1; at <= line.length && line[at - 1] === 9;) {
    const end = endOfField(line, at, line.length);
    fields.push([at, end]);
    at = end + 1;
  }
  return fields;
}
