import type { Knex } from 'knex';

/** The workflow whose run holds an activation's claim. */
export interface Holder {
  runId: number;
  workflowId: string;
  /** Temporal's first execution run id: the same after a reset and after each continue-as-new. */
  firstRunId: string;
  namespace: string;
  /** Temporal's cluster id. */
  cluster: string;
  takenAt: Date;
}

interface ClaimRow {
  activation_id: number;
  run_id: number | null;
  workflow_id: string;
  first_run_id: string;
  namespace: string;
  cluster: string;
  taken_at: Date;
}

/** Who holds the activation's claim; undefined while no run is open. */
export async function findHolder(db: Knex, activationId: number): Promise<Holder | undefined> {
  return asHolder(await db<ClaimRow>('outflow.claim').where({ activation_id: activationId }).first());
}

/**
 * Locks the claim until the transaction ends, so that every statement of a run waits or is already done, and returns its
 * holder.
 */
export async function lockClaimForTakeover(trx: Knex.Transaction, activationId: number): Promise<Holder | undefined> {
  const row = await trx<ClaimRow>('outflow.claim').where({ activation_id: activationId }).forUpdate().first();
  return asHolder(row);
}

/** Under `lockClaimForTakeover`. */
export async function setHolder(trx: Knex.Transaction, activationId: number, holder: Omit<Holder, 'takenAt'>) {
  await trx('outflow.claim').where({ activation_id: activationId }).update({
    run_id: holder.runId,
    workflow_id: holder.workflowId,
    first_run_id: holder.firstRunId,
    namespace: holder.namespace,
    cluster: holder.cluster,
    taken_at: trx.fn.now(),
  });
}

/** Under `lockClaimForTakeover`. */
export async function releaseClaim(trx: Knex.Transaction, activationId: number): Promise<void> {
  await trx('outflow.claim')
    .where({ activation_id: activationId })
    .update({ run_id: null, workflow_id: null, first_run_id: null, namespace: null, cluster: null, taken_at: null });
}

function asHolder(row: ClaimRow | undefined): Holder | undefined {
  if (!row || row.run_id === null) return undefined;
  return {
    runId: row.run_id,
    workflowId: row.workflow_id,
    firstRunId: row.first_run_id,
    namespace: row.namespace,
    cluster: row.cluster,
    takenAt: row.taken_at,
  };
}
