import knex, { type Knex } from 'knex';
import pg from 'pg';
import { OutflowError } from '../../activation/errors.js';
import { lendingSocket } from '../../copy/lending-socket.js';
import { nameEngineFaults } from './engine-faults.js';
import { inAnotherPlace, IS_MOVED } from '../place/is-moved.js';
import { asEngineUnreachable } from './engine-unreachable.js';
import { requireOwnSession } from './own-session.js';
import { requireUtf8 } from './encoding.js';

/** Is given back to the engine, never ended: so it has no `end`. */
export type EngineConnection = pg.ClientBase & Pick<pg.PoolClient, 'release'>;

/**
 * The database that holds what Outflow knows: definitions, runs and snapshots. Whatever is asked of it fails with
 * `EngineUnreachable` when it is away.
 */
export interface Engine {
  /** A pool for ordinary queries and short transactions. bigint columns come back as numbers. */
  readonly db: Knex;
  /** `host:port/database`, for messages. */
  readonly where: string;
  /** A connection of the caller's own, for COPY and shared snapshots, as good as a new one. The caller releases it. */
  connect(): Promise<EngineConnection>;
  /** `atRest`: no statement is under way on it, so the next caller may have it. Otherwise it is closed. */
  release(client: EngineConnection, atRest: boolean): void;
  /** From now on a new connection to a database that does not stand where its row says fails with EngineMismatch. */
  watchPlace(): void;
  end(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;
const MAX_POOLED_CONNECTIONS = 10;
/** Making one takes as long as all statements of a small run together (measured: 5 ms on the same machine). */
const KEEP_IDLE_MS = 10_000;
/** More than all steps of a worker ask for at once: nobody may wait for another's connection while holding one. */
const MAX_OWN_CONNECTIONS = 1_000;
const INT8_OID = 20;

/** bigint as a number: our ids and counts stay far below 2^53. */
const types = new pg.TypeOverrides();
types.setTypeParser(INT8_OID, Number);

/** A writer that is dead or stopped must block nobody: the server ends its transaction and its connection. */
const sessionSettings = `
  set timezone = 'UTC';
  set idle_in_transaction_session_timeout = '60s';
  set tcp_user_timeout = '30s';
  set tcp_keepalives_idle = 30;
  set tcp_keepalives_interval = 10;
  set tcp_keepalives_count = 3;
`;

/**
 * Opens nothing yet: connections are made when they are needed. A connection that cannot be made fails the query with
 * `EngineUnreachable`, the first one with `ConfigInvalid` when the database is one that the engine cannot work with. Throws
 * `ConfigInvalid` when `url` is not a PostgreSQL URL.
 */
export function openEngine(url: string, options: { applicationName: string }): Engine {
  const config: pg.ClientConfig = {
    connectionString: url,
    application_name: options.applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
    types,
  };
  const where = describe(config);
  let watchesPlace = false;
  let isSuitable = false;

  function named<Client extends pg.ClientBase>(client: Client): Client {
    nameEngineFaults(client, where);
    return client;
  }

  /** A connection that cannot be used is given to `drop`. */
  async function prepared<Client extends pg.ClientBase>(
    connecting: Promise<Client>,
    drop: (client: Client) => void,
  ): Promise<Client> {
    let client: Client | undefined;
    try {
      client = await connecting;
      if (!isSuitable) {
        await requireUtf8(client, where);
        await requireOwnSession(client, where, openAnother);
        isSuitable = true;
      }
      await client.query(sessionSettings);
      if (watchesPlace && (await client.query<{ moved: boolean }>(IS_MOVED)).rows[0]?.moved)
        throw inAnotherPlace(where);
      return client;
    } catch (error) {
      if (client) drop(client);
      throw asEngineUnreachable(where, error) ?? error;
    }
  }

  async function openAnother(): Promise<pg.Client> {
    const client = new pg.Client(config);
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  const db = knex({
    client: 'pg',
    connection: config as Knex.PgConnectionConfig,
    pool: { min: 0, max: MAX_POOLED_CONNECTIONS },
    log: { warn: () => undefined },
  });
  // knex has no hook for a connection that could not be made, and none for one that did not become free.
  const pooled = db.client as { acquireRawConnection(): Promise<pg.Client>; acquireConnection(): Promise<unknown> };
  const makeOne = pooled.acquireRawConnection.bind(pooled);
  const takeOne = pooled.acquireConnection.bind(pooled);
  pooled.acquireRawConnection = () =>
    prepared(makeOne().then(named), (client) => void client.end().catch(() => undefined));
  pooled.acquireConnection = () =>
    takeOne().catch((error: unknown) => {
      throw asEngineUnreachable(where, error) ?? error;
    });

  const own = new pg.Pool({
    ...config,
    stream: lendingSocket,
    max: MAX_OWN_CONNECTIONS,
    idleTimeoutMillis: KEEP_IDLE_MS,
  });
  // Without a listener a connection that breaks while idle would end the process; its next query fails anyway.
  own.on('error', () => undefined);
  own.on('connect', (client) => named(client).on('error', () => undefined));

  return {
    db,
    where,
    watchPlace: () => void (watchesPlace = true),
    connect: () => prepared(own.connect(), (client) => client.release(true)),
    release(client, atRest) {
      if (!atRest) client.release(true);
      else
        forget(client).then(
          () => client.release(),
          () => client.release(true),
        );
    },
    async end() {
      await Promise.all([db.destroy(), own.end()]);
    },
  };
}

/** Ends what a caller may have left in the session: a transaction, locks, settings. */
async function forget(client: pg.ClientBase): Promise<void> {
  if (client.getTransactionStatus() !== 'I') await client.query('rollback');
  await client.query('discard all');
}

/** Does some work on a connection of its own. */
export async function withConnection<T>(engine: Engine, work: (client: EngineConnection) => Promise<T>): Promise<T> {
  const client = await engine.connect();
  let atRest = false;
  try {
    const result = await work(client);
    atRest = true;
    return result;
  } finally {
    engine.release(client, atRest);
  }
}

function describe(config: pg.ClientConfig): string {
  const { connectionString = '' } = config;
  try {
    if (!/^postgres(ql)?:\/\//.test(connectionString)) throw new Error('another scheme');
    const { host, port, database } = new pg.Client(config);
    return `${host}:${port}/${database ?? ''}`;
  } catch {
    throw new OutflowError(
      'ConfigInvalid',
      "The address of the engine's database is not a PostgreSQL URL.",
      'Set OUTFLOW_DATABASE_URL to postgres://user:password@host:port/database.',
    );
  }
}

/** This database's identity, kept in the memo of its schedules. */
export async function engineId(engine: Engine): Promise<string> {
  const row = await engine.db<{ engine_id: string }>('outflow.engine').first('engine_id');
  if (!row) throw new Error('outflow.engine has no row');
  return row.engine_id;
}
