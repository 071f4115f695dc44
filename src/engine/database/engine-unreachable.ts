import { OutflowError } from '../../activation/errors.js';

interface Reason {
  text: string;
  /** Where the database answers, and something else keeps it from working. */
  cannot?: 'be written' | 'be used';
  remedy?: string;
  /** Waiting does not help. */
  isFinal?: true;
}

/** The engine's database does not answer, lets nobody in, or takes nothing. */
export class EngineUnreachable extends OutflowError {
  /** Whether waiting may help: not when the login is refused. */
  readonly mayHeal: boolean;

  constructor(where: string, { text, cannot, remedy, isFinal }: Reason) {
    const message = `The engine's database at ${where} cannot ${cannot ?? 'be reached'}: ${text}.`;
    super('EngineUnreachable', message, remedy ?? 'Start it, or correct OUTFLOW_DATABASE_URL.');
    this.mayHeal = !isFinal;
    // knex writes the statement and its values before the message of whatever a query fails with.
    Object.defineProperty(this, 'message', { get: () => message, set: () => undefined });
  }
}

const CLOSED = 'the connection was closed';
const NO_ANSWER = 'no answer in time';
const certificate = (text: string): Reason => ({
  text,
  remedy: 'Correct the certificate of the server, or sslmode and sslrootcert in OUTFLOW_DATABASE_URL.',
});
const untrusted = certificate('its certificate is not trusted');

/** Node's error codes, SQLSTATEs and, where a driver gives no code, the beginnings of its messages. */
const reasons = new Map<string, Reason>([
  ['ECONNREFUSED', { text: 'connection refused' }],
  ['ENOENT', { text: 'no such socket' }],
  ['ENOTFOUND', { text: 'unknown host' }],
  ['EAI_AGAIN', { text: 'the name of the host could not be looked up' }],
  ['ECONNRESET', { text: 'the connection was reset' }],
  ['EPIPE', { text: CLOSED }],
  ['ETIMEDOUT', { text: NO_ANSWER }],
  ['EHOSTUNREACH', { text: 'the host is unreachable' }],
  ['ENETUNREACH', { text: 'the network is unreachable' }],
  ['3D000', { text: 'there is no such database' }],
  [
    '25006',
    {
      text: 'it is read-only',
      cannot: 'be written',
      remedy: 'Let it take writes again, or name the server that does.',
    },
  ],
  ['53100', { text: 'its disk is full', cannot: 'be written', remedy: 'Give its disk more room.' }],
  ['53200', { text: 'it has no memory left', cannot: 'be used', remedy: 'Give it more memory.' }],
  [
    '53300',
    { text: 'it has no connection left', remedy: 'Raise max_connections, or end connections that nobody needs.' },
  ],
  ['57P01', { text: 'it is shutting down' }],
  ['57P02', { text: 'it has crashed' }],
  ['57P03', { text: 'it is starting up or shutting down' }],
  ['57P05', { text: 'the connection was idle for too long' }],
  ['25P03', { text: 'the connection was idle in a transaction for too long' }],
  ['CERT_HAS_EXPIRED', certificate('its certificate has expired')],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', untrusted],
  ['SELF_SIGNED_CERT_IN_CHAIN', untrusted],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', untrusted],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', untrusted],
  ['ERR_TLS_CERT_ALTNAME_INVALID', certificate('its certificate is for another host')],
  ['The server does not support SSL', { text: 'it offers no TLS' }],
  ['timeout expired', { text: NO_ANSWER }],
  ['timeout exceeded when trying to connect', { text: NO_ANSWER }],
  ['Connection terminated due to connection timeout', { text: NO_ANSWER }],
  ['Connection terminated', { text: CLOSED }],
  ['Client has encountered a connection error', { text: CLOSED }],
  ['Client was closed', { text: CLOSED }],
  ['Knex: Timeout acquiring a connection', { text: 'no connection became free in time' }],
]);

const refused: Reason = {
  text: 'it refuses the login',
  remedy: 'Correct the user and the password in OUTFLOW_DATABASE_URL, or the rights of that user.',
  isFinal: true,
};

/**
 * What a connection of the engine's failed with, as an `EngineUnreachable` when it means that the database at `where` did
 * not answer, broke the connection, refused the login or takes nothing; undefined for every other error. The driver's own
 * text is not repeated. Errors of other servers look alike: only for what is known to come from the engine's.
 */
export function asEngineUnreachable(where: string, error: unknown): EngineUnreachable | undefined {
  if (error instanceof EngineUnreachable) return error;
  if (!(error instanceof Error)) return undefined;
  // Where a host has several addresses Node throws their errors together.
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  if (first !== undefined) return asEngineUnreachable(where, first);
  const reason = reasonOf('code' in error ? String(error.code) : '', error.message);
  return reason && new EngineUnreachable(where, reason);
}

function reasonOf(code: string, message: string): Reason | undefined {
  // SASL: the driver's own refusal, when the URL has no password.
  if (code.startsWith('28') || message.startsWith('SASL')) return refused;
  const found = reasons.get(code) ?? [...reasons].find(([beginning]) => message.startsWith(beginning))?.[1];
  return found ?? (code.startsWith('08') ? { text: 'the connection failed' } : undefined);
}
