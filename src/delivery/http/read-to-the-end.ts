import type { Readable } from 'node:stream';

/** A connection of undici takes up to 64 kB (16 kB over TLS) without saying when they have left. */
const SHORT_BYTES = 1 << 17;

/**
 * A body for undici, which nobody reads any more once the request is answered: an iterable is written until the connection has
 * taken all of it, and an answer that comes earlier, or none, ends the connection. A short one gets memory of its own.
 */
export function readToTheEnd(body: Buffer): Buffer | Readable {
  if (body.length < SHORT_BYTES) return Buffer.from(body);
  // The types do not show that undici takes an iterable; its documentation does.
  return [body] as Iterable<Buffer> as unknown as Readable;
}
