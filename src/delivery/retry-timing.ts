/** Services that are too busy ask for about as much. */
const FIRST_DELAY_MS = 5_000;
const LONGEST_DELAY_MS = 60_000;
const SHORTEST_RETRY_AFTER_MS = 1_000;
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/**
 * How long to wait before a call is tried again, after its `failures`-th failure in a row (from 1): 5 to 7.5 s, 10 to
 * 15 s, 20 to 30 s, then 40 to 60 s. What the server asked for (Retry-After) wins, within 1 s and 1 h.
 * `random` is from 0 to 1 and spreads senders that failed together.
 */
export function retryDelayMs(failures: number, retryAfterMs?: number, random = Math.random()): number {
  if (retryAfterMs !== undefined) {
    return Math.min(Math.max(retryAfterMs, SHORTEST_RETRY_AFTER_MS), LONGEST_RETRY_AFTER_MS);
  }
  const doubled = FIRST_DELAY_MS * 2 ** Math.min(failures - 1, 3);
  return Math.min(doubled * (1 + random / 2), LONGEST_DELAY_MS);
}
