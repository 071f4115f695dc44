import type { WorkflowHandle } from '@temporalio/client';
import { recordAction } from '../engine/audit/audit.js';
import type { KnownActivation } from '../engine/definitions/activations.js';
import { startActivation } from '../temporal/activation-workflow.js';
import type { OperationContext } from './context.js';

/** A run that somebody has started. */
export interface StartedRun {
  activation: string;
  handle: WorkflowHandle;
  temporalRunId: string;
}

/** Starts a run of the activation now; which run wins, when another is open, is decided by its first step. */
export async function startRun(
  { engine, temporal, actor }: OperationContext,
  { activationId, name }: KnownActivation,
  { full }: { full: boolean },
): Promise<StartedRun> {
  const client = await temporal();
  await recordAction(engine.db, actor, 'start', [activationId], full ? { reason: 'full' } : {});
  const workflowId = `activation/${name}-${new Date().toISOString()}`;
  const request = { activation: name, ...(full && ({ mode: 'full' } as const)), trigger: 'cli' as const };
  const handle = await startActivation(client, workflowId, request);
  return { activation: name, handle, temporalRunId: handle.firstExecutionRunId };
}
