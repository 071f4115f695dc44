import { OutflowError } from '../activation/errors.js';
import type { OutageStop } from '../activation/steps.js';

/** How long a run waits for a destination that does not answer before it fails: 24 hours. */
export const outagePatienceMs = 24 * 60 * 60 * 1000;

/** The outage of a destination as the chunks of one run meet it. Milliseconds since the epoch. JSON. */
export interface Outage extends Pick<OutageStop, 'failures' | 'destination' | 'target' | 'reason' | 'busy'> {
  sinceMs: number;
  /** Nothing is to be sent before, by any chunk. */
  untilMs: number;
}

/** The outage after one more chunk that it has stopped. Throws DestinationUnavailable when it has lasted for the whole patience. */
export function outageMet(outage: Outage | undefined, nowMs: number, stop: OutageStop): Outage {
  const { waitMs, lastedMs, failures, destination, target, reason, busy } = stop;
  const sinceMs = outage?.sinceMs ?? nowMs - lastedMs;
  if (nowMs - sinceMs >= outagePatienceMs) throw unavailable(stop);
  return {
    sinceMs,
    untilMs: Math.max(outage?.untilMs ?? 0, nowMs + waitMs),
    failures: Math.max(outage?.failures ?? 0, failures),
    destination,
    target,
    reason,
    ...(busy && { busy }),
  };
}

function unavailable({ destination, target, reason, busy }: OutageStop): OutflowError {
  const hours = outagePatienceMs / 3_600_000;
  return busy
    ? new OutflowError(
        'DestinationUnavailable',
        `Destination ${destination} has taken nothing for ${target} for ${hours} hours; its last answer was that it gets too many requests.`,
        'Lower callsPerSecond of the destination, or ask for a higher limit. What was not sent is sent by the next run.',
        'rate_limit',
      )
    : new OutflowError(
        'DestinationUnavailable',
        `Destination ${destination} has not answered for ${hours} hours, last for ${target}: ${reason}.`,
        'What was not sent is sent by the next run: start it when the destination answers again.',
      );
}

/** Milliseconds until the destination may be tried again; 0 when it may be now. */
export function outageLeftMs(outage: Outage | undefined, nowMs: number): number {
  return outage ? Math.max(0, outage.untilMs - nowMs) : 0;
}
