import { defaultAlertConditions } from '../../src/activation/alerts.js';
import { type ActivationDefinition, defaultRetryRejectedAfterMs } from '../../src/activation/definitions.js';
import { defaultGuards } from '../../src/activation/guards.js';

/** What an activation has whose definition says nothing of it. */
export function defaultSettings(): Pick<ActivationDefinition, 'guards' | 'retryRejectedAfterMs' | 'alerts'> {
  return {
    guards: defaultGuards,
    retryRejectedAfterMs: [...defaultRetryRejectedAfterMs],
    alerts: defaultAlertConditions,
  };
}
