import type { InvalidValueReason, Rendered, Verdict } from '../../../activation/rendering.js';
import type { AttributeMapping } from '../../../activation/definitions.js';

/** How values of one type are written. SQL null is not its business. */
export interface ValueRule {
  /** The attribute's key in the request. */
  key: string;
  /** Name of the type, and the policies that play a part in it: a change of another policy changes nothing. */
  type: string;
  policies: readonly ('onTooLong' | 'onNotFinite')[];
  render(text: string): Rendered;
  /** The verdict as far as the field's bytes show it (still escaped, not null); undefined when it takes `render`. */
  glance(line: Buffer, start: number, end: number): Verdict | undefined;
}

/** Removes the attribute from the contact. */
export const cleared: Rendered = { verdict: 'send', json: 'null' };

/** A value that Batch cannot hold, under a policy that may clear the attribute instead. */
export function invalid(
  reason: InvalidValueReason,
  policy: AttributeMapping['onTooLong' | 'onNotFinite'] = 'leave-out',
): Rendered {
  return policy === 'clear' ? cleared : { verdict: reason };
}

export function sent(json: string): Rendered {
  return { verdict: 'send', json };
}

/** The glance of a type whose every value takes `render`. */
export function cannotTell(): undefined {
  return undefined;
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}
