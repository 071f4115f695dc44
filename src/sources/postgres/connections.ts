import type { SourceConnections, SourceSession } from '../source.js';
import { requestCancel } from './cancel-request.js';
import { describeSegment } from './describe-segment.js';
import { extractSegment } from './extract-segment.js';
import { planSegment } from './plan-segment.js';
import { beginReading, endReading } from './reading.js';
import { segmentChecksum } from './segment-checksum.js';
import { asConnectError } from './source-errors.js';
import { openSourcePool } from './source-pool.js';
import { type Source, sourceOn } from './source.js';
import { readUrl } from './url.js';

export interface PostgresSession extends SourceSession {
  readonly connection: Source;
}

/** Connections to the database at `url`, called `name` in messages. */
export function openPostgres(
  name: string,
  url: string,
): SourceConnections & { connect(signal: AbortSignal): Promise<PostgresSession> } {
  const readConfig = () => readUrl(name, url);
  const pool = openSourcePool(readConfig);
  return {
    async connect(signal) {
      const client = await pool.connect().catch((error: unknown) => {
        throw asConnectError(error, name, pool.where);
      });
      const onAbort = (): void => {
        if (client.getTransactionStatus() !== 'I') requestCancel(client, readConfig);
        client.connection.stream.destroy();
      };
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
      return {
        ...sessionOn(sourceOn(client, name)),
        async release(succeeded) {
          signal.removeEventListener('abort', onAbort);
          await pool.release(client, succeeded);
        },
      };
    },
    close: () => pool.end(),
  };
}

function sessionOn(connection: Source): Omit<PostgresSession, 'release'> {
  return {
    connection,
    describe: (segment) => describeSegment(connection, segment),
    probe: (segment) => planSegment(connection, segment),
    async begin() {
      const reading = await beginReading(connection);
      return {
        checksum: (extract, seed) => segmentChecksum(reading, { ...extract, seed }),
        read: (extract, { order }) => extractSegment(reading, { ...extract, order }),
        end: () => endReading(reading),
      };
    },
  };
}
