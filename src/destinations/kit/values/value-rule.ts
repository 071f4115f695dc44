import type { AttributeMapping } from '../../../activation/definitions.js';
import type { InvalidValueReason, Rendered } from '../../../activation/rendering.js';
import type { BodyWriter } from './body-writer.js';

/** How values of one type are written. SQL null is not its business. */
export interface ValueRule {
  /** Name of the type, and the policies that play a part in it: a change of another policy changes nothing. */
  type: string;
  policies: readonly ('onTooLong' | 'onNotFinite')[];
  render(text: string): Rendered;
  /** See `AttributeRule`. Never the end of a null: whether that is sent is a matter of policy. */
  endIfSent: (line: Buffer, start: number) => number;
  /**
   * Appends the JSON that `render` gives for the field `line[start..end)`, of which `endIfSent` has found the end; false, with
   * nothing appended, when its bytes have to be decoded. There is room for twice the field and 16 bytes.
   */
  writeJson: (line: Buffer, start: number, end: number, into: BodyWriter) => boolean;
}

/** Removes the attribute from the contact. */
export const cleared: Rendered = { verdict: 'send', json: 'null' };

/** A value that the destination cannot hold, under a policy that may clear the attribute instead. */
export function invalid(
  reason: InvalidValueReason,
  policy: AttributeMapping['onTooLong' | 'onNotFinite'] = 'leave-out',
): Rendered {
  return policy === 'clear' ? cleared : { verdict: reason };
}

export function sent(json: string): Rendered {
  return { verdict: 'send', json };
}

/** The answer of `endIfSent` when the bytes do not show it. */
export const CANNOT_TELL = -1;

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

/** Where the digits that start at `start`, if any, end. */
export function endOfDigits(line: Buffer, start: number): number {
  let at = start;
  while (isDigit(line[at])) at++;
  return at;
}
