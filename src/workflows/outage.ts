import { OutflowError } from '../activation/errors.js';

/** How long a run waits for a destination that does not answer before it fails: 24 hours. */
export const outagePatienceMs = 24 * 60 * 60 * 1000;

/** The outage of a destination as the chunks of one run meet it. Milliseconds since the epoch. JSON. */
export interface Outage {
  sinceMs: number;
  /** Nothing is to be sent before, by any chunk. */
  untilMs: number;
}

/**
 * The outage after one more call that met no answer and asks for `waitMs` of quiet.
 * Throws DestinationUnavailable when the destination has not answered for the whole patience.
 */
export function outageMet(outage: Outage | undefined, nowMs: number, waitMs: number): Outage {
  const sinceMs = outage?.sinceMs ?? nowMs;
  if (nowMs - sinceMs >= outagePatienceMs) {
    throw new OutflowError(
      'DestinationUnavailable',
      `The destination has not answered for ${outagePatienceMs / 3_600_000} hours.`,
      'What was not sent is sent by the next run: start it when the destination answers again.',
    );
  }
  return { sinceMs, untilMs: Math.max(outage?.untilMs ?? 0, nowMs + waitMs) };
}

/** Milliseconds until the destination may be tried again; 0 when it may be now. */
export function outageLeftMs(outage: Outage | undefined, nowMs: number): number {
  return outage ? Math.max(0, outage.untilMs - nowMs) : 0;
}
