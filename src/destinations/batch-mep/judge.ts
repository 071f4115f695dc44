import type { HttpAnswer, ProbeVerdict, Verdict } from '../destination.js';
import { byStatus, jsonOf, type OwnAnswers, probeByStatus } from '../kit/by-status.js';

/** What an answer of Batch to an update means. Batch takes or refuses a call as a whole. */
export function judge(app: string, answer: HttpAnswer): Verdict {
  return byStatus(answer, ownAnswers(app));
}

/** Batch refuses an empty array, in its own form, once it has found the keys to be good. Whatever takes it is not Batch. */
export function judgeProbe(app: string, answer: HttpAnswer): ProbeVerdict {
  const { status, body } = answer;
  const notBatch = { kind: 'unknown' as const, reason: `http ${status}, ${NOT_BATCH}` };
  const ofAnother = { kind: 'unknown' as const, reason: `http ${status}` };
  const whenRefused = status !== 400 ? ofAnother : errorOf(body) ? { kind: 'let in' as const } : notBatch;
  return probeByStatus(answer, { ...ownAnswers(app), whenTaken: notBatch, whenRefused });
}

const NOT_BATCH = 'not how Batch answers a call without contacts, so this is not Batch';

const successes = [200, 201, 202, 204];

/** Batch does not document the body of a success: an empty one or any JSON but an error of its own. */
function ownAnswers(app: string): OwnAnswers {
  return {
    isSuccess: ({ status, body }) =>
      successes.includes(status) && (body.trim() === '' || (jsonOf(body) !== undefined && errorOf(body) === undefined)),
    error: errorOf,
    refusals: [400],
    accessRemedy: (status) => accessRemedy(app, status),
    addressRemedy: `Correct the destination's url: something else than Batch answers there, such as a proxy or a login page.`,
  };
}

function accessRemedy(app: string, status: number): string {
  const afterwards = 'Workers take new values when they are started again; then `outflow check`.';
  if (status === 401) return `Correct the values of restKey and apiKeys.${app}. ${afterwards}`;
  if (status === 403) {
    return 'Ask Batch to make the Custom Data API part of the plan of this app; then `outflow check`.';
  }
  return `Correct the destination's url or the value of apiKeys.${app}. ${afterwards}`;
}

/** `{"code":31,"type":"MALFORMED_PARAMETER","message":...}` is `MALFORMED_PARAMETER 31`. The message may quote contact data. */
function errorOf(body: string): { code?: string } | undefined {
  const parsed = jsonOf(body);
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { code, type } = parsed as Record<string, unknown>;
  const number = Number.isSafeInteger(code) ? String(code) : undefined;
  const constant = typeof type === 'string' && /^[A-Z_]{1,50}$/.test(type) ? type : undefined;
  if (number === undefined && constant === undefined) return undefined;
  return { code: [constant ?? 'CODE', number].filter((part) => part !== undefined).join(' ') };
}
