import { MARK_FRESH_MS } from '../activation/attempt-mark.js';
import { OutflowError } from '../activation/errors.js';
import type { ChunkStop } from '../activation/steps.js';
import type { RowsCall, Verdict } from '../destinations/destination.js';
import { type Named, unauthorized } from './delivery-errors.js';
import { retryDelayMs } from './retry-timing.js';

/** The verdict that settles a request, or the reason to stop. */
export type Outcome = { verdict: Extract<Verdict, { kind: 'taken' | 'refused' | 'too large' }> } | { stop: ChunkStop };

/** The call that carries the rows `from` to `to` (exclusive) of a chunk. */
export interface Leaving {
  target: string;
  from: number;
  to: number;
  call: RowsCall;
}

/** What sending needs of its surroundings. What these functions throw ends the delivery untouched. */
export interface ExchangePorts {
  destination: Named;
  /** Calls in a row before this delivery that had no usable answer. */
  failuresBefore: number;
  /** Nobody reads the body any more once it is answered. */
  post(leaving: Leaving): Promise<Verdict>;
  /** Reserves the target's next free moment for a call of so many rows. `later`: nothing is reserved, not before `waitMs`. */
  pace(target: string, rows: number): Promise<{ kind: 'go' | 'later'; waitMs: number }>;
  /** The target asked for calm: nobody sends to it for `ms`. */
  slowDown?(target: string, ms: number): Promise<void>;
  /** Records, under the claim, that a request is about to leave. */
  mark(): Promise<void>;
  /** Returns after `ms`, or as soon as the delivery is withdrawn. */
  sleep(ms: number): Promise<void>;
  /** Whether the delivery is to stop at the next moment without a request on the wire. */
  withdrawn(): boolean;
  /** Milliseconds of a monotonic clock. */
  now(): number;
  limits: {
    /** Trying again while the target does not answer, milliseconds. */
    busyForMs: number;
  };
}

const MAX_STALE_MARKS = 5;

/**
 * One request to one target: paced, marked and posted, again and again while the target is busy or does not answer. Gives
 * the verdict that settles it, or the reason to stop. Throws DestinationUnauthorized.
 */
export async function exchange(ports: ExchangePorts, leaving: Leaving): Promise<Outcome> {
  const { target, from, to } = leaving;
  let failures = ports.failuresBefore;
  let busySince: number | undefined;
  for (;;) {
    const turn = await ports.pace(target, to - from);
    if (turn.kind === 'later') return { stop: { status: 'later', waitMs: turn.waitMs, because: 'rate' } };
    if (turn.waitMs > 0) await ports.sleep(turn.waitMs);
    if (ports.withdrawn()) return { stop: { status: 'more' } };
    await markFreshly(ports);
    const verdict = await ports.post(leaving);
    if (verdict.kind === 'unauthorized') throw unauthorized(ports.destination, target, verdict);
    if (verdict.kind !== 'busy' && verdict.kind !== 'unavailable') return { verdict };

    failures++;
    busySince ??= ports.now();
    const waitMs = retryDelayMs(failures, verdict.retryAfterMs);
    if (verdict.kind === 'busy') await ports.slowDown?.(target, waitMs);
    const lastedMs = ports.now() - busySince;
    if (lastedMs + waitMs > ports.limits.busyForMs) {
      const { name: destination } = ports.destination;
      const answer = verdict.kind === 'busy' ? { reason: 'http 429', busy: true as const } : { reason: verdict.reason };
      return {
        stop: { status: 'later', because: 'outage', waitMs, lastedMs, failures, destination, target, ...answer },
      };
    }
    await ports.sleep(waitMs);
    if (ports.withdrawn()) return { stop: { status: 'more' } };
  }
}

/** The age of a mark counts from before it was asked for: the process may be stopped while it waits for the database. */
async function markFreshly(ports: ExchangePorts): Promise<void> {
  for (let tries = 0; tries < MAX_STALE_MARKS; tries++) {
    const askedAt = ports.now();
    await ports.mark();
    if (ports.now() - askedAt <= MARK_FRESH_MS) return;
  }
  throw new OutflowError(
    'EngineUnreachable',
    `The engine's database took more than ${MARK_FRESH_MS / 1000} s to record an attempt, ${MAX_STALE_MARKS} times in a row.`,
    'Look at the load of the engine database and of this machine; the run goes on by itself.',
  );
}
