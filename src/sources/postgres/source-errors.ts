import { type FailureCategory, OutflowError } from '../../activation/errors.js';
import { placeOf, QueryRefused } from '../query-refused.js';
import type { Segment } from '../source.js';
import { sqlConditions } from './sql-conditions.js';

interface PostgresError extends Error {
  code?: string;
  position?: string;
}

/** SQLSTATEs whose own text may be quoted before rows are read: it names objects and conditions. */
const QUOTED_CLASSES = ['08', '28', '3F', '42', '53', '57'];

/** What the source was doing. While it reads rows, any text of the server may quote their values, whatever its class. */
export type SourcePhase = 'before rows' | 'reading rows';

/** A segment that stands in a statement of ours, which begins with so many characters before it. */
export interface Stated {
  segment: Segment;
  before: number;
}

/**
 * What a failure of the source means to its user. `stated`: the segment that is asked about, so that a place in the statement
 * is told as one in its query. Unknown failures are
 * returned as they are.
 */
export function asSourceError(
  error: unknown,
  source: string,
  where: string,
  phase: SourcePhase,
  stated?: Stated,
): unknown {
  if (error instanceof OutflowError || !(error instanceof Error)) return error;
  const { code = '', message, position } = error as PostgresError;
  const condition = code in sqlConditions ? ` (${sqlConditions[code]!})` : '';
  const quoted =
    phase === 'before rows' && QUOTED_CLASSES.includes(code.slice(0, 2))
      ? `${message} (SQLSTATE ${code})`
      : `SQLSTATE ${code}${condition}`;
  const at = position === undefined ? '' : `, at character ${position}`;

  if (code.startsWith('28') || code === '3D000') {
    return new OutflowError(
      'SourceRejectedLogin',
      `Source ${source} refuses the login at ${where}: ${code === '3D000' ? 'there is no such database' : quoted}.`,
      `Correct the user, the password or the database in the URL of source ${source}.`,
      code === '3D000' ? 'not_found' : 'access',
    );
  }
  if (message.includes('client password must be')) {
    // pg's own refusal: the server asks for a password, and the URL has none.
    return new OutflowError(
      'SourceRejectedLogin',
      `Source ${source} refuses the login at ${where}: it asks for a password.`,
      `Write a password, as \${VAR}, in the URL of source ${source}.`,
    );
  }
  if (code === '57014') {
    return new OutflowError(
      'SourceEndedQuery',
      `Source ${source} ended the query: it ran longer than a statement_timeout allows.`,
      'Make the segment faster (an index), or raise the limit of the user in the source.',
      'time_out',
    );
  }
  if (message === 'Query read timeout') {
    return new OutflowError(
      'SourceEndedQuery',
      `Source ${source} ended the query: it ran longer than the query_timeout of its URL allows.`,
      'Make the segment faster (an index), or raise query_timeout.',
      'time_out',
    );
  }
  if (code === '53400') {
    return new OutflowError(
      'SourceEndedQuery',
      `Source ${source} ended the query: sorting it needs more temporary disk than temp_file_limit allows.`,
      'Raise temp_file_limit of the user in the source to the size of the segment.',
    );
  }
  if (code === '40001') {
    return new OutflowError(
      'SourceInterrupted',
      `Source ${source}, a standby, ended the query because of a conflict with recovery.`,
      'Set hot_standby_feedback, or raise max_standby_streaming_delay, on the standby.',
    );
  }
  const refusal = tlsRefusals.find(([key]) => code === key || message.startsWith(key));
  if (refusal) {
    const [, cause, remedy] = refusal;
    return new OutflowError('SourceUnreachable', `Source ${source} cannot be reached at ${where}: ${cause}.`, remedy);
  }
  if (/^ERR_(OSSL|SSL)_/.test(code)) {
    return new OutflowError(
      'SourceUnreachable',
      `Source ${source} cannot be reached at ${where}: TLS fails (${code}).`,
      `Check the files that sslrootcert, sslcert and sslkey in the URL of source ${source} name, and the versions of TLS at the server.`,
    );
  }
  if (code.startsWith('08') || code.startsWith('57') || code === '53300' || isNetworkError(code, message)) {
    const reason = isPostgresCode(code) ? quoted : networkReason(code, message);
    return new OutflowError(
      'SourceUnreachable',
      `Source ${source} cannot be reached at ${where}: ${reason}.`,
      `Start it, or correct the URL of source ${source}.`,
    );
  }
  if (/^(42|3F|0A)/.test(code) && stated) {
    const { name, sql } = stated.segment;
    const refuses = `Source ${source} refuses the query of segment ${name}: ${quoted}`;
    const remedy = 'Correct the segment: try its SQL in psql as the same user.';
    // The server counts characters, which a text of JavaScript may have two units of.
    const offset =
      Array.from(' '.repeat(stated.before) + sql)
        .slice(0, Number(position) - 1)
        .join('').length - stated.before;
    if (position === undefined || offset < 0 || offset > sql.length) {
      return new OutflowError('SourceRejectedQuery', `${refuses}.`, remedy, refusalCategory(code));
    }
    const { line, column } = placeOf(sql, offset);
    return new QueryRefused(`${refuses}, at line ${line}, column ${column}.`, remedy, refusalCategory(code), offset);
  }
  if (/^(42|3F|0A)/.test(code)) {
    return new OutflowError(
      'SourceRejectedQuery',
      `Source ${source} refuses the query: ${quoted}${at}.`,
      'Correct the segment: try its SQL in psql as the same user.',
      refusalCategory(code),
    );
  }
  if (isPostgresCode(code)) {
    // Not for what the query is: another day, with other rows, it may go through.
    return new OutflowError(
      'SourceEndedQuery',
      `Source ${source} ended the query: ${quoted}${at}.`,
      'Try the SQL of the segment in psql as the same user; then correct it, or the rows that it fails on.',
    );
  }
  return error;
}

/** What it means that no connection could be made: whatever else it is, the source cannot be reached. */
export function asConnectError(error: unknown, source: string, where: string): OutflowError {
  const known = asSourceError(firstOf(error), source, where, 'before rows');
  if (known instanceof OutflowError) return known;
  return new OutflowError(
    'SourceUnreachable',
    `Source ${source} cannot be reached at ${where}.`,
    `Start it, or correct the URL of source ${source}.`,
  );
}

/** Where a host has several addresses Node throws the error of each together. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError ? (error.errors[0] as unknown) : error;
}

/** Schemas, tables, columns, functions, types. */
const NOT_FOUND = ['3F000', '42P01', '42703', '42883', '42704'];

function refusalCategory(code: string): FailureCategory {
  if (code === '42501') return 'access';
  return NOT_FOUND.includes(code) ? 'not_found' : 'configuration';
}

function isPostgresCode(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('E');
}

/** Node's codes, or the beginnings of the driver's messages; what they mean and what helps. */
const tlsRefusals: readonly (readonly [key: string, cause: string, remedy: string])[] = [
  ...[
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  ].map(
    (code) =>
      [
        code,
        'its certificate is not trusted',
        'Name the file with the certificate of its authority in the URL, as sslrootcert=/path/ca.pem; sslmode=no-verify trusts any.',
      ] as const,
  ),
  ['CERT_HAS_EXPIRED', 'its certificate has expired', 'Renew the certificate of the server.'],
  ['CERT_NOT_YET_VALID', 'its certificate is not valid yet', 'Compare the clocks of the server and of this machine.'],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'its certificate is for another host',
    'Write a host in the URL that the certificate names, or have it made for this host.',
  ],
  [
    'The server does not support SSL',
    'it offers no TLS, which the URL asks for',
    'Switch TLS on at the server, or write sslmode=disable in the URL.',
  ],
];

/** All of Node's codes for a system call that failed begin with an E, as no SQLSTATE does. */
function isNetworkError(code: string, message: string): boolean {
  return /^E[A-Z0-9_]{3,}$/.test(code) || /connection terminated|timeout expired|connection error/i.test(message);
}

function networkReason(code: string, message: string): string {
  return code === '' ? message.toLowerCase() : code;
}
