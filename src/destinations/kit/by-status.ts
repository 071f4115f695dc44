import type { HttpAnswer, ProbeVerdict, Refusal, Verdict } from '../destination.js';
import { retryAfter } from './retry-after.js';

/** How a service's answers are told from those of anything else that answers in its place: a proxy, a login page, another site. */
export interface OwnAnswers {
  /** Whether a 2xx is the service's own word that it has taken the call. What is documented is required. */
  isSuccess(answer: HttpAnswer): boolean;
  /** The error that the body holds in the service's own form; undefined where it has another form, or none. */
  error(body: string): { code?: string } | undefined;
  /** Statuses from 400 to 499 by which the service speaks of what a call holds, whatever the body says. */
  refusals: readonly number[];
  /** What to do about 401, 403 and 404. */
  accessRemedy(status: number): string;
  /** What to do where something else seems to answer at the address. */
  addressRemedy: string;
}

/** The verdict that a status stands for, of a service that documents nothing else. */
export function byStatus(answer: HttpAnswer, own: OwnAnswers, nowMs = Date.now()): Verdict {
  const { status, body } = answer;
  const error = own.error(body);
  const refusal: Refusal = { status, ...error };
  if (status >= 200 && status < 300) {
    if (answer.isWhole && own.isSuccess(answer)) return { kind: 'taken' };
    return {
      kind: 'unavailable',
      reason: answer.isWhole ? `http ${status}, ${FOREIGN}` : `http ${status}, ${BROKEN_OFF}`,
    };
  }
  if (status >= 300 && status < 400) return { kind: 'unauthorized', refusal, remedy: own.addressRemedy };
  if (status === 429) return { kind: 'busy', ...retryAfter(answer.headers['retry-after'], nowMs) };
  if (status === 401 || status === 403 || status === 404) {
    return { kind: 'unauthorized', refusal, remedy: own.accessRemedy(status) };
  }
  if (status === 413) return { kind: 'too large', refusal };
  // 408: the server did not see the whole request in time, which says nothing against what is in it.
  if (status >= 400 && status < 500 && status !== 408) {
    if (error || own.refusals.includes(status)) return { kind: 'refused', refusal };
    return { kind: 'unauthorized', refusal, remedy: own.addressRemedy };
  }
  return { kind: 'unavailable', reason: `http ${status}`, ...retryAfter(answer.headers['retry-after'], nowMs) };
}

/** What the answer to a probe shows; `own` says what it does where the service has taken the call, or refused what is in it. */
export function probeByStatus(
  answer: HttpAnswer,
  own: OwnAnswers & Record<'whenTaken' | 'whenRefused', ProbeVerdict>,
): ProbeVerdict {
  const verdict = byStatus(answer, own);
  switch (verdict.kind) {
    case 'taken':
      return own.whenTaken;
    case 'refused':
      return own.whenRefused;
    case 'unauthorized':
      return verdict;
    case 'unavailable':
      return { kind: 'unknown', reason: verdict.reason };
    case 'busy':
    case 'too large':
      return { kind: 'unknown', reason: `http ${answer.status}` };
  }
}

const FOREIGN = 'not an answer of the destination';
const BROKEN_OFF = 'answer broken off';

/** The JSON that a body holds; undefined for any other text, and for none. */
export function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
