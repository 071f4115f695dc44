import { OutflowError } from '../../activation/errors.js';

/** The engine's database does not answer, or lets nobody in. */
export class EngineUnreachable extends OutflowError {
  /** Whether waiting may help: not when the login is refused. */
  readonly mayHeal: boolean;

  constructor(where: string, reason: string, mayHeal: boolean) {
    super(
      'EngineUnreachable',
      `The engine's database at ${where} cannot be reached: ${reason}.`,
      mayHeal
        ? 'Start it, or correct OUTFLOW_DATABASE_URL.'
        : 'Correct the user and the password in OUTFLOW_DATABASE_URL, or the rights of that user.',
    );
    this.mayHeal = mayHeal;
  }
}

/** Node's error codes, SQLSTATEs and, where a driver gives no code, the beginnings of its messages. */
const reasons: [key: string, reason: string][] = [
  ['ECONNREFUSED', 'connection refused'],
  ['ENOENT', 'no such socket'],
  ['ENOTFOUND', 'unknown host'],
  ['EAI_AGAIN', 'the name of the host could not be looked up'],
  ['ECONNRESET', 'the connection was reset'],
  ['EPIPE', 'the connection was closed'],
  ['ETIMEDOUT', 'no answer in time'],
  ['EHOSTUNREACH', 'the host is unreachable'],
  ['ENETUNREACH', 'the network is unreachable'],
  ['3D000', 'there is no such database'],
  ['53300', 'it has no connection left'],
  ['57P01', 'it is shutting down'],
  ['57P02', 'it has crashed'],
  ['57P03', 'it is starting up or shutting down'],
  ['57P05', 'the connection was idle for too long'],
  ['25P03', 'the connection was idle in a transaction for too long'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is not trusted'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its certificate is not trusted'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its certificate is not trusted'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another host'],
  ['The server does not support SSL', 'it offers no TLS'],
  ['timeout expired', 'no answer in time'],
  ['Connection terminated due to connection timeout', 'no answer in time'],
  ['Connection terminated', 'the connection was closed'],
  ['Client has encountered a connection error', 'the connection was closed'],
  ['Knex: Timeout acquiring a connection', 'no connection became free in time'],
];

/**
 * `error` as an `EngineUnreachable` when it means that the database at `where` did not answer, broke the connection or
 * refused the login; undefined for every other error. The driver's own text is not repeated.
 */
export function asEngineUnreachable(where: string, error: unknown): EngineUnreachable | undefined {
  if (error instanceof EngineUnreachable) return error;
  if (!(error instanceof Error)) return undefined;
  // Where a host has several addresses Node throws their errors together.
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  if (first !== undefined) return asEngineUnreachable(where, first);
  const code = 'code' in error ? String(error.code) : '';
  // SASL: the driver's own refusal, when the URL has no password.
  if (code.startsWith('28') || error.message.startsWith('SASL'))
    return new EngineUnreachable(where, 'it refuses the login', false);
  const found = reasons.find(([key]) => code === key || error.message.startsWith(key));
  if (found) return new EngineUnreachable(where, found[1], true);
  if (code.startsWith('08')) return new EngineUnreachable(where, 'the connection failed', true);
  return undefined;
}
