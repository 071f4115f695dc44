import type { DestinationDefinition } from '../../src/activation/definitions.js';

/** A checked definition of a webhook, with what outflow.yaml leaves out; its calls have no pace. */
export function webhookDefinition(settings: Record<string, unknown> = {}, name = 'crm'): DestinationDefinition {
  return {
    name,
    type: 'webhook',
    settings: {
      url: '${WEBHOOK_URL}',
      method: 'POST',
      headers: {},
      body: 'rows',
      values: 'changed',
      identifier: 'id',
      chunkSize: 1_000,
      concurrency: 4,
      callsPerSecond: 'off',
      maxRejectedPerChunk: 100,
      requestTimeout: 10_000,
      ...settings,
    },
  };
}
