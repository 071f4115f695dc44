import type { KnownActivation } from '../../engine/definitions/activations.js';
import { retryRejections } from '../../engine/runs/rejections.js';
import type { OperationContext } from '../context.js';

/** Lets the next run send again what was rejected, with `reason` for this reason only. Returns how many contacts that are. */
export function retryRejected(
  { engine, actor }: OperationContext,
  { activationId }: KnownActivation,
  reason?: string,
): Promise<number> {
  return retryRejections(engine, activationId, reason, actor);
}
