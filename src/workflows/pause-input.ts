import type { Pause } from './messages.js';

/** As much of a reason as fits into a summary and a table of the CLI. */
const reasonLength = 100;

/** A pause that begins at `since`. The reason is taken from whatever was typed with the signal: an object, a text, nothing. */
export function pauseOf(input: unknown, since: Date): Pause {
  const typed = typeof input === 'object' && input !== null && 'reason' in input ? input.reason : input;
  const reason = typeof typed === 'string' ? typed.replace(/\s+/g, ' ').trim().slice(0, reasonLength) : '';
  return { since: since.toISOString(), ...(reason !== '' && { reason }) };
}
