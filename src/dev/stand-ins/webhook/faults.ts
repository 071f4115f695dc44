import type { Selection } from '../kit/selection.js';

/** What goes wrong at a receiver itself. An absent switch is off. */
export interface WebhookFaults {
  /** Calls that would be taken wait for a release before they are answered; their rows are applied meanwhile. */
  hold?: Selection;
  /** Identifiers whose presence refuses a whole call with 422. */
  poisonedIds?: string[];
  /** Identifiers that a 2xx refuses, with the code NO_CONSENT; all others are taken. */
  refusedIds?: string[];
  /** Names of attributes that a 2xx refuses of these identifiers, with the code UNKNOWN_VALUE; their others are taken. */
  refusedAttributes?: Record<string, string[]>;
}
