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
 * The outage after one more call that met no answer, or none but that there are too many requests (`busy`), and asks for
 * `waitMs` of quiet. Throws DestinationUnavailable when that has lasted for the whole patience.
 */
export function outageMet(
  outage: Outage | undefined,
  nowMs: number,
  { waitMs, busy }: { waitMs: number; busy?: true },
): Outage {
  const sinceMs = outage?.sinceMs ?? nowMs;
  if (nowMs - sinceMs >= outagePatienceMs) throw unavailable(busy);
  return { sinceMs, untilMs: Math.max(outage?.untilMs ?? 0, nowMs + waitMs) };
}

function unavailable(busy?: true): OutflowError {
  const hours = outagePatienceMs / 3_600_000;
  return busy
    ? new OutflowError(
        'DestinationUnavailable',
        `The destination has taken nothing for ${hours} hours; its last answer was that it gets too many requests.`,
        'Lower callsPerSecond of the destination, or ask for a higher limit. What was not sent is sent by the next run.',
        'rate_limit',
      )
    : new OutflowError(
        'DestinationUnavailable',
        `The destination has not answered for ${hours} hours.`,
        'What was not sent is sent by the next run: start it when the destination answers again.',
      );
}

/** Milliseconds until the destination may be tried again; 0 when it may be now. */
export function outageLeftMs(outage: Outage | undefined, nowMs: number): number {
  return outage ? Math.max(0, outage.untilMs - nowMs) : 0;
}
