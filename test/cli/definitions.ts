import type { Definitions } from './workspace.js';

/**
 * Definitions of one activation, `loyalty`, of the table of that name; or of other activations. What `changes` has in the
 * other sections is added to them.
 */
export function definitions(changes: Partial<Definitions> = {}): Definitions {
  return {
    sources: { warehouse: { type: 'postgres', url: '${WAREHOUSE_URL}' }, ...changes.sources },
    segments: { loyal: { source: 'warehouse', sql: 'select * from loyalty' }, ...changes.segments },
    destinations: {
      app: {
        type: 'batch-mep',
        restKey: '${REST_KEY}',
        apiKeys: { ios: '${IOS_KEY}', android: '${ANDROID_KEY}' },
        url: '${BATCH_URL}',
        chunkSize: 5,
        concurrency: 2,
        callsPerSecond: 'off',
        requestTimeout: '10s', // how long a run waits for the calls of one that was cut off: less than a test waits for it
      },
      ...changes.destinations,
    },
    activations: changes.activations ?? { loyalty: activation() },
  };
}

export function activation(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { segment: 'loyal', destination: 'app', identifier: 'email', attributes: ['tier', 'points'], ...changes };
}

export const loyaltyTable = `
  create table loyalty (email text, tier text, points int);
  insert into loyalty select 'member' || i || '@example.com', 'gold', i from generate_series(1, 30) i`;
