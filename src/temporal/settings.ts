import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { OutflowError } from '../activation/errors.js';

/** Where Temporal is, and as whom to talk to it. Holds secrets: never to be logged whole. */
export interface TemporalSettings {
  /** host:port, for messages. */
  address: string;
  namespace: string;
  /** As the SDK's clients and workers take them. */
  connection: NativeConnectionOptions & { address: string };
}

/**
 * Reads Temporal's standard environment configuration: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY,
 * TEMPORAL_TLS_* and the rest, over the profile of the file that TEMPORAL_CONFIG_FILE or the user's configuration folder
 * names. Defaults: localhost:7233, namespace `default`, no TLS. Throws ConfigInvalid when something of it cannot be read.
 */
export function loadTemporalSettings(env: Iterable<readonly [string, string]>): TemporalSettings {
  const { connectionOptions, namespace } = loadConfig(Object.fromEntries(env));
  const address = connectionOptions.address || 'localhost:7233';
  return { address, namespace: namespace || 'default', connection: { ...connectionOptions, address } };
}

function loadConfig(overrideEnvVars: Record<string, string>): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig({ overrideEnvVars });
  } catch {
    // The reason may quote a line of the file, and with it a key.
    throw new OutflowError(
      'ConfigInvalid',
      "Temporal's environment configuration cannot be read.",
      'Check the TEMPORAL_* variables, and the profile and the files that they name.',
    );
  }
}
