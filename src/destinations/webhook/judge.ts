import type { HttpAnswer, ProbeVerdict, RefusedRow, Verdict } from '../destination.js';
import { byStatus, jsonOf, type OwnAnswers, probeByStatus } from '../kit/by-status.js';

/** Statuses by which a receiver refuses what a call holds; another 4xx does so only with a `code` in its body. */
const REFUSALS = [400, 422];

/** What a call holds, as its answer may speak of it. */
export interface Asked {
  rows: number;
  /** Names of the columns. */
  attributes: readonly string[];
}

/**
 * What the answer to a call means. `{"refused":[{"index":3,"code":"NO_CONSENT"}]}` names rows: in a 2xx all others are
 * taken, in a 4xx none is. A 2xx may name attributes of a row, too, `"attributes":["tier"]`: the row's others are taken.
 */
export function judge(answer: HttpAnswer, asked: Asked): Verdict {
  const verdict = byStatus(answer, ownAnswers(asked));
  if (verdict.kind !== 'taken' && verdict.kind !== 'refused') return verdict;
  const named = refusedRows(answer, asked) ?? [];
  if (named.length === 0) return verdict;
  return verdict.kind === 'taken'
    ? { kind: 'taken', refused: named }
    : { ...verdict, rows: named.map(({ row }) => row) };
}

/** A receiver that refuses a call of nobody has looked at it, so it lets calls in. */
export function judgeProbe(answer: HttpAnswer): ProbeVerdict {
  const own = ownAnswers({ rows: 0, attributes: [] });
  return probeByStatus(answer, { ...own, whenTaken: { kind: 'let in' }, whenRefused: { kind: 'let in' } });
}

function ownAnswers(asked: Asked): OwnAnswers {
  return {
    isSuccess: (answer) => answer.body.trim() === '' || refusedRows(answer, asked) !== undefined,
    error: codeOf,
    refusals: REFUSALS,
    accessRemedy: (status) =>
      status === 404
        ? `Correct the destination's url; then \`outflow check\`.`
        : `Correct the values of the destination's headers and secret. Workers take new values when they are started again; then \`outflow check\`.`,
    addressRemedy: `Correct the destination's url: what answers there takes no calls, such as a proxy or a login page.`,
  };
}

/** What the answer refuses; nothing where it says nothing of rows; undefined where it is no answer to this call. */
function refusedRows({ status, body }: HttpAnswer, asked: Asked): RefusedRow[] | undefined {
  const answered = jsonOf(body);
  if (answered === undefined) return undefined;
  const { refused = [] } = (answered ?? {}) as { refused?: unknown };
  if (!Array.isArray(refused)) return undefined;
  const rows = refused.map((each: unknown) => refusedRow(each, status, asked));
  return rows.every((row) => row !== undefined) ? rows : undefined;
}

function refusedRow(said: unknown, status: number, asked: Asked): RefusedRow | undefined {
  const { index, attributes } = (said ?? {}) as { index?: unknown; attributes?: unknown };
  if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= asked.rows) return undefined;
  const whole = { row: index, refusal: { status, ...constantOf(said) } };
  if (attributes === undefined) return whole;
  if (!Array.isArray(attributes)) return undefined;
  const columns = attributes.map((name: unknown) => asked.attributes.findIndex((attribute) => attribute === name));
  return columns.length === 0 || columns.includes(-1) ? undefined : { ...whole, columns };
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
