import type { DestinationDefinition } from '../../src/activation/definitions.js';
import type { Destination } from '../../src/destinations/destination.js';
import { openDestination } from '../../src/destinations/registry.js';

/** A checked definition of a Batch account, with what outflow.yaml leaves out. */
export function batchMepDefinition(settings: Record<string, unknown> = {}, name = 'app'): DestinationDefinition {
  return {
    name,
    type: 'batch-mep',
    settings: {
      restKey: '${REST_KEY}',
      apiKeys: { ios: '${IOS_KEY}', android: '${ANDROID_KEY}' },
      url: 'https://api.batch.com',
      chunkSize: 10_000,
      concurrency: 4,
      callsPerSecond: 1,
      maxRejectedPerChunk: 100,
      requestTimeout: 30_000,
      ...settings,
    },
  };
}

export function batchMep(settings: Record<string, unknown> = {}): Destination {
  return openDestination(batchMepDefinition(settings));
}
