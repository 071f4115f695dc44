import { z } from 'zod';
import { duration, says, wholeNumber } from '../../schema/shape.js';
import type { Identity, Limits, Timeline } from '../destination.js';

/** Settings that every destination has, with what its own documentation says of a call's rows. */
export function sendingSettings(service: string, maxRows: number) {
  return {
    chunkSize: wholeNumber(
      1,
      maxRows,
      `${service} takes at most ${maxRows} contacts a call; leave it out for ${maxRows}.`,
    ).default(maxRows),
    concurrency: wholeNumber(1, 50, 'It counts chunks under way at once; leave it out for 4.').default(4),
    maxRejectedPerChunk: wholeNumber(
      0,
      10_000,
      'A chunk with more refused contacts fails its run; leave it out for 100.',
    ).default(100),
    requestTimeout: duration('1s', '2m', '30s').default(30_000),
  };
}

/** Calls a second for each target; `usual` where nothing is said. */
export function callsPerSecond(usual: number) {
  const calls = usual === 1 ? '1 call' : `${usual} calls`;
  const rule = says('must be a number above 0, or off', `Leave it out for ${calls} a second for each target.`);
  return z
    .union([z.number(rule).positive(rule), z.literal('off'), z.literal(false)], rule)
    .transform((pace) => (pace === false ? ('off' as const) : pace))
    .default(usual);
}

/** The timeline of one target at that pace; none where it has no pace. */
export function everyCall(key: Identity, pace: number | 'off'): Timeline[] {
  return pace === 'off' ? [] : [{ key, costMs: () => 1000 / pace }];
}

/** Larger bodies than this gain nothing. */
const MAX_BODY_BYTES = 5_000_000;

/** Lines whose bodies stay below that, or nearly; the sender halves those that do not. */
const MAX_CHUNK_BYTES = 2 << 20;

/** A chunk is one call, as far as its bytes allow. */
export function limitsOf(settings: {
  chunkSize: number;
  concurrency: number;
  maxRejectedPerChunk: number;
  requestTimeout: number;
}): Limits {
  const { chunkSize, concurrency, maxRejectedPerChunk, requestTimeout } = settings;
  return {
    chunkRows: chunkSize,
    chunkBytes: MAX_CHUNK_BYTES,
    callRows: chunkSize,
    callBytes: MAX_BODY_BYTES,
    concurrency,
    maxRejectedPerChunk,
    requestTimeoutMs: requestTimeout,
  };
}
