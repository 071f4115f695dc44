import { unescapeField } from '../../activation/copy-text.js';
import type { AttributeRule } from '../../activation/rendering.js';

/** A row of a chunk: one contact and the attributes to send for it. */
export interface ContactChange {
  /** COPY text without the newline: the identifier, then a field for each column. */
  line: Buffer;
  /** Whether the column (from 0) is to be sent. */
  carries(column: number): boolean;
}

/**
 * The body of one call: an array of updates that leave the other attributes of each contact as they are. `rules` has
 * the rule of each column. Throws when a row has no identifier or carries a value whose verdict is not to send: the
 * diff never stores such a row. Bodies hold contact data and are never logged.
 *
 * Text is joined by hand: objects and one JSON.stringify take twice the time, and would round long numbers.
 */
export function buildBody(rules: readonly AttributeRule[], rows: Iterable<ContactChange>): Buffer {
  const keys = rules.map((rule) => `${JSON.stringify(rule.key)}:`);
  let body = '';
  for (const row of rows) {
    const fields = row.line.toString('utf8').split('\t');
    const identifier = unescapeField(fields[0]!);
    if (identifier === null) throw new Error('A row of a chunk has no identifier');
    let values = '';
    for (let column = 0; column < rules.length; column++) {
      if (!row.carries(column)) continue;
      const rule = rules[column]!;
      const rendered = rule.render(unescapeField(fields[column + 1]!));
      if (rendered.verdict !== 'send') throw new Error(`A row of a chunk carries ${rule.key}, which is not to be sent`);
      values += `${values === '' ? '' : ','}${keys[column]!}${rendered.json}`;
    }
    const contact = `{"id":${JSON.stringify(identifier)},"update":{"overwrite":false,"values":{${values}}}}`;
    body += body === '' ? `[${contact}` : `,${contact}`;
  }
  return Buffer.from(body === '' ? '[]' : `${body}]`);
}
