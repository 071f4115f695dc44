import { OutflowError } from '../activation/errors.js';
import type { TemporalSettings } from './settings.js';

/** `remedy` where waiting does not help. */
type Reason = { text: string; remedy?: string };

/** Temporal does not answer, lets nobody in, or has no such namespace. */
export class TemporalUnreachable extends OutflowError {
  /** Whether waiting may help: not when the credentials are refused, or a certificate. */
  readonly mayHeal: boolean;

  constructor(settings: TemporalSettings, { text, remedy }: Reason) {
    super(
      'TemporalUnreachable',
      `Temporal at ${settings.address}, namespace ${settings.namespace}, cannot be reached: ${text}.`,
      remedy ??
        'Start it ("outflow dev" starts one on this machine), or correct TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.',
    );
    this.mayHeal = remedy === undefined;
  }
}

const refused: Reason = {
  text: 'it refuses the credentials',
  remedy: 'Correct TEMPORAL_API_KEY or the certificates in TEMPORAL_TLS_*, or the rights that belong to them.',
};
const untrusted: Reason = {
  text: 'its certificate is not trusted',
  remedy:
    'Name the authority that has issued it in TEMPORAL_TLS_SERVER_CA_CERT_PATH; it has to be issued for the host of TEMPORAL_ADDRESS, or for TEMPORAL_TLS_SERVER_NAME.',
};
const expired: Reason = { text: 'its certificate has expired', remedy: 'Renew the certificate of the server.' };
const otherHost: Reason = {
  text: 'its certificate is for another host',
  remedy: 'Write that host in TEMPORAL_ADDRESS, or in TEMPORAL_TLS_SERVER_NAME.',
};
const ownRefused: Reason = {
  text: 'it does not accept the certificate of this client, or wants one',
  remedy: 'Correct TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH.',
};
const noTls: Reason = { text: 'it offers no TLS', remedy: 'Set TEMPORAL_TLS=false, or let the server offer TLS.' };
const noNamespace: Reason = { text: 'there is no such namespace' };
const noAnswer: Reason = { text: 'no answer in time' };
const noConnection: Reason = { text: 'no connection' };
const notTemporal: Reason = { text: 'what answers there is no Temporal, or wants TLS' };

/** gRPC's status codes, as the clients give them. */
const reasonsByStatus = new Map<number, Reason>([
  [4, noAnswer],
  [5, noNamespace],
  [7, refused],
  [12, notTemporal],
  [14, noConnection],
  [16, refused],
]);

/** What the worker's connection says, which gives no codes: status by its description, then the causes of transport. */
const reasonsByText: [text: RegExp, reason: Reason][] = [
  [/code: 'The request does not have valid authentication/, refused],
  [/code: 'The caller does not have permission/, refused],
  [/code: 'Operation is not implemented/, notTemporal],
  [/code: 'Some requested entity was not found/, noNamespace],
  [/InvalidCertificate\(Expired/, expired],
  [/InvalidCertificate\(NotValidForName/, otherHost],
  [/InvalidCertificate|invalid peer certificate/, untrusted],
  [/AlertReceived\((Certificate|BadCertificate|UnknownCA|HandshakeFailure|AccessDenied)/, ownRefused],
  [/InvalidContentType/, noTls],
  [/ConnectionRefused/, { text: 'connection refused' }],
  [/dns error/, { text: 'unknown host' }],
  [/http2 error|FRAME_SIZE_ERROR|stream closed because of a broken pipe/, notTemporal],
  [/timed? ?out|deadline/i, noAnswer],
];

/**
 * `error` as a TemporalUnreachable when one of Temporal's clients says with it that Temporal did not answer, let nobody in,
 * or has no such namespace; undefined for every other error, whatever its text. The SDK's own text is not repeated.
 */
export function asTemporalUnreachable(settings: TemporalSettings, error: unknown): TemporalUnreachable | undefined {
  if (error instanceof TemporalUnreachable) return error;
  const reason = reasonOf(error);
  return reason && new TemporalUnreachable(settings, reason);
}

/** The errors are told by their form: to import the classes is to load the SDK, for which many commands have no use. */
function reasonOf(error: unknown): Reason | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'TransportError') {
    return reasonsByText.find(([text]) => text.test(error.message))?.[1] ?? noConnection;
  }
  if (isServiceError(error)) return reasonsByStatus.get(error.code);
  if (error.name === 'ServiceError') return reasonOf(error.cause);
  // The client's connection has no code for this.
  return error.message === 'Failed to connect before the deadline' ? noAnswer : undefined;
}

/** An answer of gRPC: those of databases and sockets have texts for codes, and neither details nor metadata. */
function isServiceError(error: Error): error is Error & { code: number } {
  return 'code' in error && typeof error.code === 'number' && 'details' in error && 'metadata' in error;
}
