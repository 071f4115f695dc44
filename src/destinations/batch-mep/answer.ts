/** What Batch says of its refusal. Its free text is left out: it may quote contact data. */
export interface Refusal {
  /** HTTP status. */
  status: number;
  /** Batch's number, for example 31. */
  code?: number;
  /** Batch's constant, for example MALFORMED_PARAMETER. */
  type?: string;
}

/** What became of a request, by what the sender must do next. */
export type Answer =
  | { kind: 'accepted' }
  /** The call as a whole is refused because of something in it. */
  | ({ kind: 'refused' } & Refusal)
  /** The keys, the plan or the address: no contact is to blame, and no retry helps. */
  | ({ kind: 'unauthorized' } & Refusal)
  | { kind: 'busy'; retryAfterMs?: number }
  /** `reason` is a short text of ours: `http 503`, `timeout`, `connection refused`. The call may have been applied. */
  | { kind: 'unavailable'; reason: string; retryAfterMs?: number };

/** The answer that a status stands for. `retryAfter` is the header, `body` that of a status from 400 to 499. */
export function answerOf(status: number, retryAfter: string | undefined, body: string, nowMs = Date.now()): Answer {
  if (status >= 200 && status < 300) return { kind: 'accepted' };
  if (status === 429) return { kind: 'busy', ...parseRetryAfter(retryAfter, nowMs) };
  if (status === 401 || status === 403 || status === 404) {
    return { kind: 'unauthorized', status, ...parseErrorBody(body) };
  }
  // 408: the server did not see the whole request in time, which says nothing against what is in it.
  if (status >= 400 && status < 500 && status !== 408) return { kind: 'refused', status, ...parseErrorBody(body) };
  return { kind: 'unavailable', reason: `http ${status}`, ...parseRetryAfter(retryAfter, nowMs) };
}

/** Seconds, or an HTTP date; anything else is as if it were not there. */
function parseRetryAfter(header: string | undefined, nowMs: number): { retryAfterMs?: number } {
  if (header === undefined) return {};
  if (/^\d{1,9}$/.test(header)) return { retryAfterMs: Number(header) * 1000 };
  const at = Date.parse(header);
  return Number.isNaN(at) ? {} : { retryAfterMs: Math.max(0, at - nowMs) };
}

function parseErrorBody(body: string): { code?: number; type?: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return {};
  }
  if (typeof parsed !== 'object' || parsed === null) return {};
  const { code, type } = parsed as Record<string, unknown>;
  return {
    ...(Number.isSafeInteger(code) && { code: code as number }),
    ...(typeof type === 'string' && /^[A-Z_]{1,64}$/.test(type) && { type }),
  };
}

/** `HTTP 400, code 31, MALFORMED_PARAMETER` */
export function describeRefusal({ status, code, type }: Refusal): string {
  return [`HTTP ${status}`, code === undefined ? undefined : `code ${code}`, type].filter((part) => part).join(', ');
}
