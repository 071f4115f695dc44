import type { HttpAnswer, ProbeVerdict, RefusedRow, Verdict } from '../destination.js';
import { byStatus, jsonOf, type OwnAnswers } from '../kit/by-status.js';

/** Statuses by which a receiver refuses what a call holds; another 4xx does so only with a `code` in its body. */
const REFUSALS = [400, 422];

/**
 * What the answer to a call of so many rows means. `{"refused":[{"index":3,"code":"NO_CONSENT"}]}` names rows: in a 2xx all
 * others are taken, in a 4xx none is.
 */
export function judge(answer: HttpAnswer, rows: number): Verdict {
  const verdict = byStatus(answer, ownAnswers(rows));
  if (verdict.kind !== 'taken' && verdict.kind !== 'refused') return verdict;
  const named = namedRows(answer, rows) ?? [];
  if (named.length === 0) return verdict;
  return verdict.kind === 'taken'
    ? { kind: 'taken', refused: named }
    : { ...verdict, rows: named.map(({ row }) => row) };
}

/** A receiver that refuses a call of nobody has looked at it, so it lets calls in. */
export function judgeProbe(answer: HttpAnswer): ProbeVerdict {
  const verdict = byStatus(answer, ownAnswers(0));
  switch (verdict.kind) {
    case 'taken':
    case 'refused':
      return { kind: 'let in' };
    case 'unauthorized':
      return verdict;
    case 'unavailable':
      return { kind: 'unknown', reason: verdict.reason };
    case 'busy':
    case 'too large':
      return { kind: 'unknown', reason: `http ${answer.status}` };
  }
}

function ownAnswers(rows: number): OwnAnswers {
  return {
    isSuccess: (answer) => answer.body.trim() === '' || namedRows(answer, rows) !== undefined,
    error: codeOf,
    refusals: REFUSALS,
    accessRemedy: (status) =>
      status === 404
        ? `Correct the destination's url; then \`outflow check\`.`
        : `Correct the values of the destination's headers and secret. Workers take new values when they are started again; then \`outflow check\`.`,
    addressRemedy: `Correct the destination's url: what answers there takes no calls, such as a proxy or a login page.`,
  };
}

/** Rows that the answer refuses by their index; none where it says nothing of rows; undefined where it is no answer to this call. */
function namedRows({ status, body }: HttpAnswer, rows: number): RefusedRow[] | undefined {
  const answered = jsonOf(body);
  if (answered === undefined) return undefined;
  const { refused = [] } = (answered ?? {}) as { refused?: unknown };
  if (!Array.isArray(refused)) return undefined;
  const byRow = new Map<number, RefusedRow>();
  for (const each of refused as ({ index?: unknown } | null)[]) {
    const row = each?.index;
    if (!Number.isInteger(row) || (row as number) < 0 || (row as number) >= rows) return undefined;
    byRow.set(row as number, { row: row as number, refusal: { status, ...constantOf(each) } });
  }
  return [...byRow.values()];
}

function codeOf(body: string): { code?: string } | undefined {
  const constant = constantOf(jsonOf(body));
  return constant.code === undefined ? undefined : constant;
}

/** Another text than a constant may quote contact data. */
function constantOf(value: unknown): { code?: string } {
  const { code } = (value ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[A-Z0-9_. ]{1,64}$/.test(code) ? { code } : {};
}
