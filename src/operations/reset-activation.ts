import { describeReset, resetSnapshot } from '../engine/runs/reset.js';
import type { OperationContext } from './context.js';

/** What a reset costs: the contacts whose attributes the next run sends all. Throws ActivationUnknown. */
export function planReset({ engine }: OperationContext, activation: string): Promise<{ contacts: number }> {
  return describeReset(engine, activation);
}

/** Forgets what the destination is known to hold. Throws RunAlreadyOpen while a run is open. */
export function resetActivation({ engine, actor }: OperationContext, activation: string): Promise<void> {
  return resetSnapshot(engine, activation, actor);
}
