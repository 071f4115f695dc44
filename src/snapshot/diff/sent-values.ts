import { createHash } from 'node:crypto';
import { decodeField, endOfField } from '../../lines/format.js';
import type { AttributeRule } from '../../activation/rendering.js';
import { endOfKey } from '../../lines/keys.js';
import { hasColumn } from '../../lines/column-mask.js';

/** Of SHA-256's 32: enough to tell the contents of one contact apart. */
const HASH_BYTES = 16;

/**
 * Identifies what a request says of a contact: the attributes of the mask with their values as they are sent. Equal for
 * equal content, whatever the segment's text or the layout is.
 */
export function hashOfSentValues(
  rules: readonly AttributeRule[],
  line: Buffer,
  start: number,
  end: number,
  mask: Buffer,
): Buffer {
  const hash = createHash('sha256');
  let at = endOfKey(line, start) + 1;
  for (const [column, rule] of rules.entries()) {
    const fieldEnd = endOfField(line, at, end);
    if (hasColumn(mask, 0, column)) {
      const rendered = rule.render(decodeField(line, at, fieldEnd));
      hash.update(JSON.stringify([rule.key, rendered.verdict === 'send' ? rendered.json : rendered.verdict]));
    }
    at = fieldEnd + 1;
  }
  return hash.digest().subarray(0, HASH_BYTES);
}
