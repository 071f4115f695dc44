import { OutflowError } from '../activation/errors.js';
import type { TemporalSettings } from './settings.js';

/** Temporal does not answer, lets nobody in, or has no such namespace. */
export class TemporalUnreachable extends OutflowError {
  /** Whether waiting may help: not when the credentials are refused. */
  readonly mayHeal: boolean;

  constructor(settings: TemporalSettings, reason: string, mayHeal: boolean) {
    super(
      'TemporalUnreachable',
      `Temporal at ${settings.address}, namespace ${settings.namespace}, cannot be reached: ${reason}.`,
      mayHeal
        ? 'Start it ("outflow dev" starts one on this machine), or correct TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.'
        : 'Correct TEMPORAL_API_KEY or the certificates in TEMPORAL_TLS_*, or the rights that belong to them.',
    );
    this.mayHeal = mayHeal;
  }
}

/** gRPC's status codes, as the clients give them. */
const reasonsByStatus = new Map<number, [reason: string, mayHeal: boolean]>([
  [4, ['no answer in time', true]],
  [5, ['there is no such namespace', true]],
  [7, ['it refuses the credentials', false]],
  [14, ['no connection', true]],
  [16, ['it refuses the credentials', false]],
]);

/** What the texts of connections hold that give no status code. */
const reasonsByText: [text: RegExp, reason: string, mayHeal: boolean][] = [
  [/unauthenticated|permission ?denied/i, 'it refuses the credentials', false],
  [/namespace.*not ?found/i, 'there is no such namespace', true],
  [/ConnectionRefused/, 'connection refused', true],
  [/dns error/, 'unknown host', true],
  [/certificate/i, 'its certificate is not trusted', false],
  [/Failed to connect before the deadline|timed? ?out|deadline/i, 'no answer in time', true],
  [/tonic::transport|TransportError|transport error/i, 'no connection', true],
];

/**
 * `error` as a TemporalUnreachable when it means that Temporal did not answer, let nobody in, or has no such namespace;
 * undefined for every other error. The SDK's own text is not repeated.
 */
export function asTemporalUnreachable(settings: TemporalSettings, error: unknown): TemporalUnreachable | undefined {
  if (error instanceof TemporalUnreachable) return error;
  const found = reasonOf(error);
  return found && new TemporalUnreachable(settings, ...found);
}

function reasonOf(error: unknown): [reason: string, mayHeal: boolean] | undefined {
  if (!(error instanceof Error)) return undefined;
  const byStatus = 'code' in error && typeof error.code === 'number' ? reasonsByStatus.get(error.code) : undefined;
  if (byStatus) return byStatus;
  const text = `${error.name}: ${error.message}`;
  const [, reason, mayHeal] = reasonsByText.find(([key]) => key.test(text)) ?? [];
  return reason !== undefined && mayHeal !== undefined ? [reason, mayHeal] : reasonOf(error.cause);
}
