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
  const body = new BodyWriter();
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
    const separator = body.isEmpty ? '[' : ',';
    body.write(`${separator}{"id":${JSON.stringify(identifier)},"update":{"overwrite":false,"values":{${values}}}}`);
  }
  body.write(body.isEmpty ? '[]' : ']');
  return body.written();
}

const MAX_BYTES_PER_UNIT = 3; // UTF-8 of a UTF-16 unit

/**
 * Gathers text as UTF-8, contact by contact: a body that is first one long string keeps every piece of it alive until its
 * end, which garbage collection pays for.
 */
class BodyWriter {
  private buffer: Buffer = Buffer.allocUnsafeSlow(1 << 16);
  private length = 0;

  get isEmpty(): boolean {
    return this.length === 0;
  }

  write(text: string): void {
    const most = this.length + MAX_BYTES_PER_UNIT * text.length;
    if (most > this.buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.buffer.length, most));
      this.buffer.copy(larger, 0, 0, this.length);
      this.buffer = larger;
    }
    this.length += this.buffer.write(text, this.length);
  }

  written(): Buffer {
    return this.buffer.subarray(0, this.length);
  }
}
