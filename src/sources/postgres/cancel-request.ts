import type pg from 'pg';
import { SourceClient, type ReadsConfig } from './source-client.js';

/** What pg's connections have, and its types do not know. */
interface Wire {
  connect(portOrPath: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processId: number, secretKey: unknown): void;
  once(event: 'connect' | 'sslconnect', listener: () => void): void;
}

/**
 * Asks the server to end what the client's connection is doing, as PostgreSQL has it: on a connection of its own, without an
 * answer. A server that computes or waits for a lock would not notice for long that nobody waits for it any more.
 */
export function requestCancel(client: pg.Client, readConfig: ReadsConfig['readConfig']): void {
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: unknown };
  let canceller: SourceClient;
  try {
    canceller = new SourceClient({ readConfig });
  } catch {
    return; // a file of the URL that is gone meanwhile
  }
  const { host, port, ssl } = canceller as unknown as { host: string; port: number; ssl: unknown };
  const wire = canceller.connection as unknown as Wire;
  const send = (): void => wire.cancel(processID, secretKey);
  wire.once('connect', () => (ssl ? wire.requestSsl() : send()));
  wire.once('sslconnect', send);
  if (host.startsWith('/')) wire.connect(`${host}/.s.PGSQL.${port}`);
  else wire.connect(port, host);
}
