import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { OutflowError } from '../../activation/errors.js';
import { freePort, isTaken } from './free-port.js';
import type { Report } from './report.js';
import { spawnServer, type ServerProcess } from './server-process.js';
import { findTemporalCli, type TemporalCli } from './temporal-cli.js';

export interface StartTemporalOptions {
  /** Found or fetched if left out. */
  cli?: TemporalCli;
  /** An SQLite file: what runs survives a restart. In memory if left out. */
  dbFile?: string;
  /** A free one if left out. */
  port?: number | undefined;
  /** A free one if left out. */
  uiPort?: number | undefined;
  /** 127.0.0.1 if left out. */
  ip?: string;
  /** `default` if left out. */
  namespace?: string;
  /** Names and types, such as { OutflowOutcome: 'Keyword' }. */
  searchAttributes?: Record<string, 'Text' | 'Keyword' | 'Int' | 'Double' | 'Bool' | 'Datetime' | 'KeywordList'>;
  dynamicConfig?: Record<string, unknown>;
  /** Without the web UI. */
  headless?: boolean;
  report?: Report;
  logFile: string;
}

/** A real Temporal server of our own. It ends with this process at the latest. */
export interface EmbeddedTemporal {
  /** host:port of its gRPC. */
  readonly address: string;
  readonly uiUrl: string | undefined;
  readonly pid: number;
  /** SIGKILL: a crash. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

const readyWithinMs = 60_000;
const attempts = 4;

/**
 * Starts `temporal server start-dev` and waits until the server, its search attributes and its UI are there.
 * @throws OutflowError TemporalUnreachable where it does not start, and as findTemporalCli.
 */
export async function startTemporal(options: StartTemporalOptions): Promise<EmbeddedTemporal> {
  const report = options.report ?? (() => undefined);
  const cli = options.cli ?? (await findTemporalCli({ report }));
  const ip = options.ip ?? '127.0.0.1';
  for (const port of [options.port, options.uiPort]) {
    if (port !== undefined && (await isTaken(port, ip))) throw portTaken(ip, port);
  }
  await mkdir(dirname(options.logFile), { recursive: true });
  if (options.dbFile !== undefined) await mkdir(dirname(options.dbFile), { recursive: true });

  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const uiPort = options.headless ? undefined : (options.uiPort ?? (await freePort()));
    const server = await spawnServer({
      command: cli.path,
      args: serverArguments({ ...options, ip, port, uiPort }),
      logFile: options.logFile,
      signalWhenOrphaned: 'TERM',
      env: { HOME: dirname(options.logFile), TEMPORAL_VERSION_CHECK_DISABLED: 'true' }, // no profile of the user's
    });
    const address = `${ip}:${port}`;
    const uiUrl = uiPort === undefined ? undefined : `http://${ip}:${uiPort}`;
    if (await serves({ server, address, uiUrl, ...options })) {
      return { address, uiUrl, pid: server.pid, kill: () => server.kill(), stop: () => server.stop('SIGTERM', 15_000) };
    }
    if (attempt === attempts) throw await startFailure(server, options.logFile); // until then a port may have been lost
  }
}

function serverArguments(
  options: StartTemporalOptions & { ip: string; port: number; uiPort: number | undefined },
): string[] {
  const { searchAttributes = {}, dynamicConfig = {} } = options;
  return [
    ...['server', 'start-dev', '--log-level', 'warn'],
    ...['--ip', options.ip, '--port', String(options.port), '--namespace', options.namespace ?? 'default'],
    ...(options.uiPort === undefined ? ['--headless'] : ['--ui-port', String(options.uiPort)]),
    ...(options.dbFile === undefined ? [] : ['--db-filename', options.dbFile]),
    ...Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    ...Object.entries(dynamicConfig).flatMap(([key, value]) => [
      '--dynamic-config-value',
      `${key}=${JSON.stringify(value)}`,
    ]),
  ];
}

/** Waits until all of it is there (true) or the server has ended (false). */
async function serves(options: {
  server: ServerProcess;
  address: string;
  uiUrl: string | undefined;
  namespace?: string;
  searchAttributes?: Record<string, string>;
}): Promise<boolean> {
  const { server, address, uiUrl, namespace = 'default', searchAttributes = {} } = options;
  const deadline = Date.now() + readyWithinMs;
  while (server.running) {
    try {
      await checkNamespace(address, namespace, Object.keys(searchAttributes));
      if (uiUrl !== undefined) await (await fetch(uiUrl, { signal: AbortSignal.timeout(5_000) })).body?.cancel();
      return server.running;
    } catch (error) {
      if (Date.now() > deadline) {
        await server.kill();
        throw error;
      }
      await sleep(50);
    }
  }
  return false;
}

async function checkNamespace(address: string, namespace: string, searchAttributes: string[]): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 1_000 });
  try {
    await connection.workflowService.describeNamespace({ namespace });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = searchAttributes.filter((name) => !(name in customAttributes));
    if (missing.length > 0) throw new Error(`search attributes ${missing.join(', ')} are not registered yet`);
  } finally {
    await connection.close();
  }
}

function portTaken(ip: string, port: number): OutflowError {
  return new OutflowError(
    'TemporalUnreachable',
    `Port ${port} of ${ip}, asked for the Temporal server, is taken.`,
    'Name another one, or none: then a free one is used.',
  );
}

async function startFailure(server: ServerProcess, logFile: string): Promise<OutflowError> {
  const firstLine = (await server.output()).trim().split('\n', 1)[0] ?? '';
  return new OutflowError(
    'TemporalUnreachable',
    `The embedded Temporal server did not start: ${firstLine}`,
    `Read ${logFile}; remove its database file to begin with an empty one.`,
  );
}
