import pg from 'pg';
import { SourceClient, whereIs, type ReadsConfig } from './source-client.js';

/** Connections to one source that outlive a run. */
export interface SourcePool {
  /** `host:port/database`, for messages. */
  readonly where: string;
  /** One as good as a new one. The caller releases it. Throws what pg throws when none can be made. */
  connect(): Promise<pg.PoolClient>;
  /** `succeeded`: what was done on it did. Even then it is kept only when nothing is under way on it. */
  release(client: pg.PoolClient, succeeded: boolean): Promise<void>;
  /** Once all are released. */
  end(): Promise<void>;
}

/** For the runs that are due together. */
const KEEP_IDLE_MS = 10_000;
/** However often it is used: a login that is withdrawn, or another server under the same name, shows in new ones only. */
const KEEP_SECONDS = 60;
/** A server that takes longer for what is nothing to do may be gone; a new connection tells. */
const ANSWER_WITHIN_MS = 1_000;

export function openSourcePool(readConfig: ReadsConfig['readConfig']): SourcePool {
  const config: pg.PoolConfig & ReadsConfig = {
    readConfig,
    Client: SourceClient as unknown as new () => pg.Client, // which pg's types take for one without a configuration
    max: Infinity, // how much is read at once is decided elsewhere: nobody may wait for another's connection
    idleTimeoutMillis: KEEP_IDLE_MS,
    maxLifetimeSeconds: KEEP_SECONDS,
  };
  const where = whereIs(new SourceClient(config));
  const pool = new pg.Pool(config);
  pool.on('error', () => undefined); // one that breaks while idle is dropped

  return {
    where,
    async connect() {
      for (;;) {
        const mayBeKept = pool.idleCount > 0;
        const client = await pool.connect();
        // The server may have ended it without our knowing yet.
        if (!mayBeKept || (await succeeds(client, 'select 1'))) return client;
        client.release(true);
      }
    },
    async release(client, succeeded) {
      const isAtRest = succeeded && client.getTransactionStatus() === 'I';
      // Ends what a segment may have left in the session: settings, locks, temporary tables, prepared statements.
      const isAsNew = isAtRest && (await succeeds(client, 'discard all'));
      client.release(!isAsNew);
    },
    end: () => pool.end(),
  };
}

async function succeeds(client: pg.Client, text: string): Promise<boolean> {
  const query = { text, query_timeout: ANSWER_WITHIN_MS }; // of this one, which pg's types do not know
  return client.query(query).then(
    () => true,
    () => false,
  );
}
