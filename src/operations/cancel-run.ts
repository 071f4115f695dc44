import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { RunResult } from '../activation/run.js';
import { recordAction } from '../engine/audit/audit.js';
import { findHolder } from '../engine/claim/claim.js';
import type { KnownActivation } from '../engine/definitions/activations.js';
import { closeRun } from '../engine/runs/close-run.js';
import { runResult } from '../engine/runs/runs.js';
import { isHolderAlive } from '../temporal/holder.js';
import type { OperationContext } from './context.js';

export type CancelledRun =
  | { kind: 'none'; activation: string }
  /** Its workflow was asked to end its requests on the wire and to close it. */
  | { kind: 'requested'; activation: string; runId: number }
  /** Nobody else would have closed it: its workflow has ended, or is in no Temporal that is asked. */
  | { kind: 'closed'; activation: string; result: RunResult; because: 'workflow-ended' | 'abandoned' }
  /** Temporal here does not know its workflow, which was started in another one. Nothing was done. */
  | { kind: 'elsewhere'; activation: string; runId: number; workflowId: string; namespace: string };

const POLL_EVERY_MS = 300;

/**
 * Cancels the activation's open run. A run whose workflow is in a Temporal that is not the one that is asked here is left
 * alone, because it may go on there; with `abandon` it is closed all the same. What it may have sent is owed.
 */
export async function cancelRun(
  { engine, temporal, actor }: OperationContext,
  { activationId, name }: KnownActivation,
  { abandon }: { abandon: boolean },
): Promise<CancelledRun> {
  const client = await temporal();
  const holder = await findHolder(engine.db, activationId);
  if (!holder) return { kind: 'none', activation: name };
  const { runId, workflowId, namespace } = holder;
  const close = async (because: 'workflow-ended' | 'abandoned'): Promise<CancelledRun> => {
    const closedBy = { actor, reason: because };
    const result = await closeRun(engine, { activationId, runId, outcome: 'cancelled', closedBy });
    return { kind: 'closed', activation: name, result, because };
  };
  if (!(await isHolderAlive(client, holder))) return close('workflow-ended');
  await recordAction(engine.db, actor, 'cancel', [activationId], { reason: `run ${runId}` });
  if (await requestCancellation(client, workflowId)) return { kind: 'requested', activation: name, runId };
  const isOpen = (await findHolder(engine.db, activationId))?.runId === runId;
  if (!isOpen) return { kind: 'requested', activation: name, runId }; // it has just ended
  return abandon ? close('abandoned') : { kind: 'elsewhere', activation: name, runId, workflowId, namespace };
}

/** Waits until the run is closed. */
export async function awaitClosed({ engine }: Pick<OperationContext, 'engine'>, runId: number): Promise<RunResult> {
  for (;;) {
    const result = await runResult(engine, runId);
    if (result.state === 'closed') return result;
    await sleep(POLL_EVERY_MS);
  }
}

/** False when Temporal does not know the workflow, or it has ended. */
async function requestCancellation(client: Client, workflowId: string): Promise<boolean> {
  try {
    await client.workflow.getHandle(workflowId).cancel();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
