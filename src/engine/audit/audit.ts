import type { Knex } from 'knex';
import type { Actor } from '../../activation/actor.js';

export type AuditedAction =
  'start' | 'pause' | 'resume' | 'approve' | 'cancel' | 'reset' | 'apply' | 'retry' | 'restored';

interface Circumstances {
  /** As the actor gave it. */
  reason?: string | undefined;
  /** Of the definitions that were stored. */
  definitionsVersion?: number;
}

/**
 * Records what was done to these activations, in the transaction that does it. An activation is named as it is called at
 * that moment.
 */
export async function recordAction(
  trx: Knex,
  actor: Actor,
  action: AuditedAction,
  activationIds: readonly number[],
  { reason, definitionsVersion }: Circumstances = {},
): Promise<void> {
  await trx.raw(
    `insert into outflow.audit (who, done_by, action, activation_id, activation, reason, definitions_version)
     select :who, :by, :action, activation_id, name, cast(:reason as text), cast(:version as bigint)
     from outflow.activation where activation_id = any(cast(:activationIds as bigint[])) order by name`,
    {
      who: actor.who,
      by: actor.by,
      action,
      reason: reason ?? null,
      version: definitionsVersion ?? null,
      activationIds: [...activationIds],
    },
  );
}

/** Records that a version of the definitions was stored: it concerns no activation by itself. */
export async function recordApplied(trx: Knex, actor: Actor, definitionsVersion: number): Promise<void> {
  await trx.raw(
    `insert into outflow.audit (who, done_by, action, definitions_version) values (:who, :by, 'apply', :version)`,
    { who: actor.who, by: actor.by, version: definitionsVersion },
  );
}
