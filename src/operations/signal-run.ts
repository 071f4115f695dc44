import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { findHolder, type Holder } from '../engine/claim/claim.js';
import type { Engine } from '../engine/database/database.js';
import type { KnownActivation } from '../engine/definitions/activations.js';

/**
 * Sends the activation's open run a signal. Returns its holder; undefined when no run is open, or its workflow has ended
 * without closing it.
 */
export async function signalOpenRun(
  engine: Engine,
  client: Client,
  { activationId }: KnownActivation,
  signal: 'pause' | 'resume' | 'approve',
  ...args: ({ reason?: string } | { hold: string; by: string; via?: 'cli' })[]
): Promise<Holder | undefined> {
  const holder = await findHolder(engine.db, activationId);
  if (!holder) return undefined;
  try {
    await client.workflow.getHandle(holder.workflowId).signal(signal, ...args);
    return holder;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
