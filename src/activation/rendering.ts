/** Why a row is never sent. Stable codes. */
export type InvalidRowReason =
  'null_identifier' | 'empty_identifier' | 'duplicate_identifier' | 'identifier_too_long' | 'identifier_reserved';

/** Why a value is left out. Stable codes. */
export type InvalidValueReason = 'too_long' | 'not_finite' | 'out_of_range' | 'bad_date' | 'bad_url' | 'too_many_items';

/** What becomes of a value: it is sent, decided without a request, or cannot be held by the destination. */
export type Verdict = 'send' | 'skip' | InvalidValueReason;

/** Whether the destination cannot hold the value. */
export function isInvalid(verdict: Verdict): verdict is InvalidValueReason {
  return verdict !== 'send' && verdict !== 'skip';
}

export type Rendered = { verdict: 'send'; json: string } | { verdict: Exclude<Verdict, 'send'> };

/** How one attribute of an activation is written at its destination. Pure: the same text always gives the same answer. */
export interface AttributeRule {
  /** The attribute's key in the request, for example `date(u.last_order_at)`. */
  readonly key: string;
  /** Identity of the rendering: type, policies and version of the rules. Part of the layout. */
  readonly rendering: string;
  /** `text` is the source's text after COPY unescaping; null is SQL null. `json` is the value as JSON text. */
  render(text: string | null): Rendered;
  /**
   * The verdict of `render` on the field as it stands in a line of COPY text (still escaped; `\N` is null, and a tab or a
   * newline follows), without building the value where its bytes show it.
   */
  classify(line: Buffer, start: number, end: number): Verdict;
  /**
   * Where the field that starts at `start` ends, when its bytes show that it is sent; else -1, and `classify` tells. Called
   * for every attribute of a first run: it finds the end and the verdict in one pass over the bytes of a common shape.
   */
  endIfSent(line: Buffer, start: number): number;
}
