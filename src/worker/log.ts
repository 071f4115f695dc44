import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { type Logger, pino } from 'pino';
import { OutflowError } from '../activation/errors.js';
import type { Environment } from '../config/environment.js';

/** From the one that says most. */
const levels = ['debug', 'info', 'warn', 'error'] as const;

/** JSON lines on stdout, from the level that OUTFLOW_LOG_LEVEL names on. Throws ConfigInvalid where there is no such level. */
export function workerLogger({ values }: Environment): Logger {
  const level = values.get('OUTFLOW_LOG_LEVEL') ?? 'info';
  if (!(levels as readonly string[]).includes(level)) {
    throw new OutflowError(
      'ConfigInvalid',
      `OUTFLOW_LOG_LEVEL is "${level}", which is no level.`,
      `Write one of ${levels.join(', ')}, or leave it out for info.`,
    );
  }
  return jsonLines(level);
}

/** What ends a worker, as a line of its log. */
export function logFatal(error: unknown): void {
  const known = error instanceof OutflowError ? error : undefined;
  if (known) jsonLines('fatal').fatal({ code: known.code, remedy: known.remedy }, known.message);
  else jsonLines('fatal').fatal({ err: error }, 'The worker failed in a way that it does not know.');
}

/** Times are ISO 8601, UTC, and levels have names: most collectors of logs know both. */
function jsonLines(level: string): Logger {
  return pino({
    name: 'outflow',
    base: null,
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}

/**
 * Installs the runtime of Temporal's SDK, whose log passes through the logger, which decides on the level. What steps fail
 * with has passed their interceptor: it holds no contact data. The runtime keeps the process from ending until its last
 * connection is closed, or the returned function is called.
 */
export function installRuntime(logger: Logger): () => Promise<void> {
  const log =
    (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, meta?: object): void =>
      logger[level](meta ?? {}, message);
  const filter = logger.isLevelEnabled('debug')
    ? makeTelemetryFilterString({ core: 'DEBUG', other: 'INFO' })
    : makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' });
  const runtime = Runtime.install({
    logger: {
      log: (level, message, meta) => log(level.toLowerCase() as 'info')(message, meta),
      trace: log('trace'),
      debug: log('debug'),
      info: log('info'),
      warn: log('warn'),
      error: log('error'),
    },
    telemetryOptions: { logging: { filter, forward: {} } },
  });
  return () => runtime.shutdown();
}
