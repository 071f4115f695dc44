import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { diffTaskQueue } from './activation/task-queues.js';
import { createActivities } from './activities/index.js';
import { onceARun } from './activities/once-a-run.js';
import { failureInterceptor } from './activities/failure-interceptor.js';
import type { Dependencies } from './activities/dependencies.js';
import { startAlertLoop } from './alerts/alert-loop.js';
import { startHeartbeat } from './alerts/heartbeat.js';
import { checksumUse } from './config/checksum-use.js';
import { heartbeatUrl } from './config/heartbeat-url.js';
import { diffMemoryBytes } from './config/diff-memory.js';
import type { Environment } from './config/environment.js';
import { KeptDestinations } from './delivery/kept-destinations.js';
import { type Engine, engineId, openEngine } from './engine/database/database.js';
import { migrate } from './engine/database/migrate.js';
import { waitForEngine } from './engine/database/wait-for-engine.js';
import { startRecoveryLoop } from './recovery/recovery-loop.js';
import { KeptSources } from './sources/kept-sources.js';
import { readPosition } from './engine/place/position.js';
import { beginSending } from './engine/runs/begin-sending.js';
import { takePlace } from './engine/place/place.js';
import { clusterIdOf } from './temporal/cluster.js';
import { ownTaskQueue, readToldPosition, recordPosition } from './temporal/engine-record.js';
import { useTaskQueue } from './temporal/task-queue.js';
import { waitForTemporal } from './temporal/connection.js';
import { isHolderAlive } from './temporal/holder.js';
import { registerSearchAttributes } from './temporal/search-attributes.js';
import type { TemporalSettings } from './temporal/settings.js';
import { installRuntime, workerLogger } from './worker/log.js';
import { READY_LINE } from './worker/ready-line.js';

export { logFatal } from './worker/log.js';

export interface WorkerSettings {
  databaseUrl: string;
  temporal: TemporalSettings;
  /** Where `${VAR}` references of the definitions find their values. */
  environment: Environment;
}

/** Diffs at once in one worker: each reads a whole segment and keeps four connections. */
const CONCURRENT_DIFFS = 2;
/** Steps get this long to end by themselves when the worker is told to stop; then they are withdrawn. */
const SHUTDOWN_GRACE = '5 seconds';
/** A withdrawn step still ends its request on the wire, which takes at most its deadline. */
const SHUTDOWN_FORCE = '2 minutes';
const CACHED_WORKFLOWS = 500;

/**
 * The SDK cuts off workflow code that takes longer than 5 s by the clock, also when the process, or its machine, was stopped
 * meanwhile; and Node ends such a process ("async hook stack has become corrupted"). So it may take an hour. The SDK's types
 * do not show this option.
 */
const outlivingStops: object = { isolateExecutionTimeout: '1 hour' };

/**
 * Runs a worker until SIGTERM or SIGINT, then ends it gracefully. Waits for the engine's database and for Temporal, and says
 * so. Throws EngineNewer when the database was migrated by a newer version, and ConfigInvalid, before anything is opened,
 * for a setting that cannot be used. Whatever it throws, everything that it had opened is closed.
 */
export async function runWorker(settings: WorkerSettings): Promise<void> {
  const logger = workerLogger(settings.environment);
  const report = (line: string): void => logger.info(line);
  const reading = {
    diffMemoryBytes: diffMemoryBytes(settings.environment),
    checksumUse: checksumUse(settings.environment),
  };
  const heartbeat = heartbeatUrl(settings.environment);
  const engine = openEngine(settings.databaseUrl, { applicationName: 'outflow worker' });
  try {
    const stopped = untilToldToStop();
    if (!(await prepareEngine(engine, report, stopped))) return;
    // Before Temporal answers: that no run completes is worth an alert then.
    const alerts = startAlertLoop({ engine, environment: settings.environment, report });
    try {
      await withConnection(settings, logger, stopped, (connection) =>
        serve({ ...settings, reading, heartbeat }, engine, connection, logger),
      );
    } finally {
      await alerts.end();
    }
  } finally {
    await engine.end();
  }
}

/** Aborted by SIGTERM and SIGINT: the SDK's own handlers stop workers only, and there is none while it is waited for servers. */
function untilToldToStop(): AbortSignal {
  const stopped = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stopped.abort());
  return stopped.signal;
}

/** False when the process was told to stop meanwhile. */
async function prepareEngine(engine: Engine, report: (line: string) => void, stopped: AbortSignal): Promise<boolean> {
  try {
    await waitForEngine(engine, report, stopped);
  } catch (error) {
    if (stopped.aborted) return false;
    throw error;
  }
  await migrate(engine);
  await takePlace(engine);
  engine.watchPlace();
  return !stopped.aborted;
}

/** Works with Temporal once it is up; not at all when the process was told to stop while it waited. */
async function withConnection(
  { temporal }: WorkerSettings,
  logger: Logger,
  stopped: AbortSignal,
  work: (connection: NativeConnection) => Promise<void>,
): Promise<void> {
  // Not earlier: a runtime without a connection keeps the process from ending.
  const endRuntime = installRuntime(logger);
  let connection: NativeConnection | undefined;
  try {
    connection = await waitForTemporal(temporal, (line) => logger.info(line), stopped);
    await work(connection);
  } catch (error) {
    if (connection !== undefined || !stopped.aborted) throw error;
  } finally {
    await connection?.close();
    // Without a connection that was closed the runtime would stay.
    await endRuntime();
  }
}

async function serve(
  {
    temporal,
    environment,
    reading,
    heartbeat,
  }: WorkerSettings & {
    reading: Pick<Dependencies, 'diffMemoryBytes' | 'checksumUse'>;
    heartbeat: string | undefined;
  },
  engine: Engine,
  connection: NativeConnection,
  logger: Logger,
): Promise<void> {
  const report = (line: string): void => logger.info(line);
  const { namespace, taskQueue } = temporal;
  const client = useTaskQueue(new Client({ connection, namespace }), taskQueue);
  await ownTaskQueue(client, taskQueue, await readPosition(engine.db));
  const attributes = await registerSearchAttributes(connection, namespace);
  if (!attributes.available) {
    report(
      `Runs go on without search attributes. To have them, let an administrator of Temporal run: ${attributes.command}`,
    );
  }
  const identity = await engineId(engine);
  const destinations = new KeptDestinations(environment);
  const sources = new KeptSources();
  const toldPosition = () => readToldPosition(client, taskQueue, identity, () => readPosition(engine.db));
  const activities = createActivities({
    engine,
    engineId: identity,
    environment,
    sources,
    temporal: { namespace, cluster: await clusterIdOf(connection) },
    temporalClient: client,
    isHolderAlive: (holder) => isHolderAlive(client, holder),
    ...reading,
    searchAttributes: attributes.available,
    log: (level, message, fields) => logger[level](fields, message),
    destinations,
    toldPosition,
    beginSending: onceARun(async (run) =>
      recordPosition(client, taskQueue, await beginSending(engine, run, await toldPosition())),
    ),
  });
  const shared: Omit<WorkerOptions, 'taskQueue'> = {
    connection,
    namespace,
    activities,
    interceptors: { activity: [failureInterceptor(engine)] },
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: SHUTDOWN_FORCE,
    // A cancellation reaches a step with its next heartbeat: a pause must not wait for it.
    maxHeartbeatThrottleInterval: '2 seconds',
    defaultHeartbeatThrottleInterval: '2 seconds',
    ...outlivingStops,
  };
  const workers = await makeAll([
    Worker.create({
      ...shared,
      taskQueue,
      workflowBundle: { codePath: fileURLToPath(new URL('./workflow-bundle.js', import.meta.url)) },
      maxCachedWorkflows: CACHED_WORKFLOWS,
    }),
    Worker.create({
      ...shared,
      taskQueue: diffTaskQueue(taskQueue),
      maxConcurrentActivityTaskExecutions: CONCURRENT_DIFFS,
    }),
  ]);
  report(
    `${READY_LINE} at ${temporal.address}, namespace ${namespace}, task queue ${taskQueue}, with the engine's database at ${engine.where}.`,
  );
  const recoveries = startRecoveryLoop({ engine, engineId: identity, temporalClient: client, report });
  const heartbeats =
    heartbeat === undefined
      ? undefined
      : startHeartbeat({
          url: heartbeat,
          environment,
          requireWell: () => requireWell(engine, connection, workers),
          report,
        });
  await runAll(workers).finally(() => Promise.all([recoveries.end(), heartbeats?.end()]));
  await Promise.all([destinations.close(), sources.end()]);
}

/** Rejects where the runs that this worker takes would not go on. */
async function requireWell(engine: Engine, connection: NativeConnection, workers: readonly Worker[]): Promise<void> {
  if (workers.some((worker) => worker.getState() !== 'RUNNING')) throw new Error('not running');
  await Promise.all([engine.db.raw('select 1'), connection.workflowService.getSystemInfo({})]);
}

/** Where one cannot be made, those that can are ended: they would keep the connection and the process. */
async function makeAll(making: Promise<Worker>[]): Promise<Worker[]> {
  const made = await Promise.allSettled(making);
  const workers = made.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  const failed = made.find((each) => each.status === 'rejected');
  if (!failed) return workers;
  const ended = workers.map((worker) => worker.runUntil(Promise.resolve()));
  await Promise.allSettled(ended);
  throw failed.reason;
}

/** Until each has ended; one that fails ends the others, so that the process ends, too. */
async function runAll(workers: readonly Worker[]): Promise<void> {
  const shutDownOthers = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const ends = await Promise.allSettled(workers.map((worker) => worker.run().finally(shutDownOthers)));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
