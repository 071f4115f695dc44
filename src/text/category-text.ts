import type { FailureCategory } from '../activation/errors.js';

/** A category as people know it. */
export const categoryText: Record<FailureCategory, string> = {
  connection: 'connection',
  access: 'credentials or permissions',
  rate_limit: 'rate limit',
  configuration: 'configuration',
  time_out: 'time-out',
  not_found: 'not found',
  data: 'data',
  state: 'state',
  internal: 'internal',
};
