import { defaultRetryRejectedAfterMs } from '../activation/definitions.js';
import { defaultGuards } from '../activation/guards.js';
import { guardsShape } from './guards-shape.js';
import { retryRejectedShape } from './retry-shape.js';
import { section } from '../schema/shape.js';

/** `defaults`: what activations have that do not say otherwise. */
export const defaultsShape = section(
  { guards: guardsShape(defaultGuards), retryRejected: retryRejectedShape(defaultRetryRejectedAfterMs) },
  'Leave it out, or write for example { guards: { gone: 30% } }.',
);
