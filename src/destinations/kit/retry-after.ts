const SECONDS = /^\d{1,9}$/;
/** Of the three forms that HTTP knows the one that is in use: `Sun, 01 Mar 2026 09:01:00 GMT`. */
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** How long the header asks to wait: whole seconds, or until an HTTP date to come. Anything else is as if it were not there. */
export function retryAfter(header: string | string[] | undefined, nowMs = Date.now()): { retryAfterMs?: number } {
  if (typeof header !== 'string') return {};
  if (SECONDS.test(header)) return { retryAfterMs: Number(header) * 1000 };
  if (!HTTP_DATE.test(header)) return {};
  const waitMs = Date.parse(header) - nowMs;
  return waitMs > 0 ? { retryAfterMs: waitMs } : {};
}
