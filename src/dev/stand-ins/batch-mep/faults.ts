import { type Selection, selection } from '../kit/selection.js';
import { count, either, flag, listOf, oneOf, positiveNumber, record, text } from '../kit/shape.js';

/** What goes wrong, for calls to Batch's routes; inspection is never disturbed. An absent switch is off. */
export interface Faults {
  /** Only calls with this API key have the faults. Default: all calls, also those to unknown routes. */
  apiKey?: string;
  /** Calls are answered with this status before anything else of them is looked at. */
  status?: Selection & {
    code: 401 | 403 | 404 | 429 | 500 | 503;
    /** The `Retry-After` header, as it is to be sent: seconds or an HTTP date. Default: no header. */
    retryAfter?: number | string;
  };
  /** Answers, good and bad, wait so long; an accepted write is applied after its answer. */
  latencyMs?: number;
  /** The connection is destroyed before the body is read, or when it was read. Nothing is accepted. */
  drop?: Selection & { when: 'before-reading' | 'before-answering' };
  /** An accepted write is applied at once and the connection destroyed without an answer. */
  loseAnswer?: Selection;
  /**
   * Calls that would be accepted wait for a release before they are answered. Their writes are applied meanwhile; with
   * `application` they too wait, and are accepted at the release. `true`: all calls.
   */
  hold?: boolean | (Selection & { application?: boolean });
  /** A token bucket for each API key, full at the start, one token a call: an empty one answers 429 and takes nothing. */
  rate?: { capacity: number; perSecond: number; retryAfter?: number | string };
  /** Custom IDs whose presence refuses a call with 400/31. */
  poisonedIds?: string[];
  /** Keys of `values`, as in a body (`u.city`), whose presence refuses a call with 400/31. */
  refusedKeys?: string[];
}

const retryAfter = either('seconds or an HTTP date', count, text);

const shapeOfFaults = record(
  {},
  {
    apiKey: text,
    status: record({ code: oneOf(401, 403, 404, 429, 500, 503) }, { retryAfter, ...selection }),
    latencyMs: count,
    drop: record({ when: oneOf('before-reading', 'before-answering') }, selection),
    loseAnswer: record({}, selection),
    hold: (value, place) => {
      if (typeof value !== 'boolean') record({}, { application: flag, ...selection })(value, place);
    },
    rate: record({ capacity: count, perSecond: positiveNumber }, { retryAfter }),
    poisonedIds: listOf(text),
    refusedKeys: listOf(text),
  },
);

/** Takes fault switches that came in as JSON; throws a ShapeError at an unknown or impossible one. */
export function parseFaults(value: unknown): Faults {
  shapeOfFaults(value, 'faults');
  return value as Faults;
}
