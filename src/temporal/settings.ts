import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { OutflowError } from '../activation/errors.js';
import { taskQueue } from '../activation/task-queues.js';

/** Where Temporal is, and as whom to talk to it. Holds secrets: never to be logged whole. */
export interface TemporalSettings {
  /** host:port, for messages. */
  address: string;
  namespace: string;
  /** Where workflows wait for this engine's workers. */
  taskQueue: string;
  /** As the SDK's clients and workers take them. */
  connection: NativeConnectionOptions & { address: string };
}

/** Where a Temporal is expected that nothing names. */
const DEFAULT_ADDRESS = 'localhost:7233';
const DEFAULT_PORT = 7233;
const MAX_PORT = 65_535;

/**
 * Reads Temporal's standard environment configuration: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY,
 * TEMPORAL_TLS_* and the rest, over the profile of the file that TEMPORAL_CONFIG_FILE or the user's configuration folder
 * names, and OUTFLOW_TASK_QUEUE. Defaults: localhost:7233, namespace `default`, no TLS, task queue `outflow`. Throws ConfigInvalid when something of it cannot be read,
 * or the address is no host:port.
 */
export function loadTemporalSettings(env: Iterable<readonly [string, string]>): TemporalSettings {
  const variables: Record<string, string> = Object.fromEntries(env);
  const { connectionOptions, namespace } = loadConfig(variables);
  const address = hostAndPort(connectionOptions.address || DEFAULT_ADDRESS) ?? refuseAddress(variables);
  const name = variables['OUTFLOW_TASK_QUEUE'] || taskQueue;
  return { address, namespace: namespace || 'default', taskQueue: name, connection: { ...connectionOptions, address } };
}

/** The address with its port, 7233 where it names none; undefined when it is something else, such as a URL. */
function hostAndPort(text: string): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9](?:[\w.-]*[a-z0-9.])?)(?::(\d{1,5}))?$/i.exec(text);
  if (!match) return undefined;
  const [, host, port = String(DEFAULT_PORT)] = match;
  return Number(port) >= 1 && Number(port) <= MAX_PORT ? `${host!}:${port}` : undefined;
}

/** What was written is not repeated: a URL may hold a password. */
function refuseAddress(variables: Record<string, string | undefined>): never {
  const profile = variables['TEMPORAL_PROFILE'] ?? 'default';
  const place = variables['TEMPORAL_ADDRESS'] ? 'TEMPORAL_ADDRESS' : `The address in Temporal's profile "${profile}"`;
  throw new OutflowError(
    'ConfigInvalid',
    `${place} is no host:port.`,
    'Write a host and a port, such as temporal.example.com:7233: no http:// before them, no path after them.',
  );
}

function loadConfig(overrideEnvVars: Record<string, string>): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig({ overrideEnvVars });
  } catch (error) {
    // The reason may quote a line of the file, and with it a key. The path of a file that cannot be opened is no secret.
    const { code, path } = error as NodeJS.ErrnoException;
    const which = code !== undefined && path !== undefined ? `: ${path} cannot be read (${code})` : '';
    throw new OutflowError(
      'ConfigInvalid',
      `Temporal's environment configuration cannot be read${which}.`,
      'Check the TEMPORAL_* variables, and the profile and the files that they name.',
    );
  }
}
