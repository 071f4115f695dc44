import pg from 'pg';
import { lendingSocket } from '../../copy/lending-socket.js';

const CONNECT_TIMEOUT_MS = 10_000;

/** `pg.ClientConfig` as it is wherever a connection is made: files that it names may have been replaced. */
export interface ReadsConfig {
  readConfig: () => pg.ClientConfig;
}

/** A connection to a source as all are made, by us or by a pool. Throws what `readConfig` throws. */
export class SourceClient extends pg.Client {
  constructor({ readConfig }: ReadsConfig) {
    super({
      application_name: 'outflow',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      ...readConfig(),
      keepAlive: true,
      stream: lendingSocket,
    });
    this.on('error', () => undefined); // the query at hand reports it
    // A pool does not end one that it could not connect, such as one that asks for a password that we have not.
    this.connection.on('error', () => this.connection.stream.destroy());
  }
}

/** `host:port/database`, for messages. */
export function whereIs({ host, port, database }: pg.Client): string {
  return `${host}:${port}/${database ?? ''}`;
}
