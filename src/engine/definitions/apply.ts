import type { Knex } from 'knex';
import { type Actor, outflowItself } from '../../activation/actor.js';
import type { Definitions } from '../../activation/definitions.js';
import { OutflowError } from '../../activation/errors.js';
import type { ActivationRow } from './activation-row.js';
import { recordApplied } from '../audit/audit.js';
import { takeAdvisoryLock } from '../database/advisory-lock.js';
import { lockClaimForTakeover } from '../claim/claim.js';
import type { Engine } from '../database/database.js';
import { newestDefinitions, newestDefinitionsWith, storeDefinitions } from './definitions.js';
import { lastContacts } from '../runs/last-contacts.js';
import { type ActivationChange, type Applied, type ApplyPlan, planApply } from './plan-apply.js';

const none: Definitions = { sources: {}, segments: {}, destinations: {}, activations: {}, alertChannels: {} };

/** What `planApply` starts from. */
export async function readApplied(db: Knex): Promise<Applied> {
  const newest = await newestDefinitions(db);
  const rows = await db<ActivationRow>('outflow.activation').orderBy('name');
  const activations: Applied['activations'] = [];
  for (const { activation_id: activationId, name, removed_at: removedAt } of rows) {
    const definitions = removedAt === null ? newest?.definitions : await newestDefinitionsWith(db, name);
    // A removed activation whose name was changed before it: nothing says how it was defined under this one.
    if (!definitions?.activations[name]) continue;
    activations.push({
      name,
      isRemoved: removedAt !== null,
      contacts: await lastContacts(db, activationId),
      definitions,
    });
  }
  return { version: newest?.version ?? null, definitions: newest?.definitions ?? none, activations };
}

/**
 * Stores the definitions and does what the plan says, all or nothing, one apply at a time; returns the version that new
 * runs use. Applying what is applied already changes nothing. Throws `ConfigInvalid` when an activation to remove has an open run, or
 * when another apply came in between.
 */
export async function applyDefinitions(
  engine: Engine,
  definitions: Definitions,
  plan: ApplyPlan,
  actor: Actor = outflowItself,
): Promise<number> {
  return engine.db.transaction(async (trx) => {
    await takeAdvisoryLock(trx, 'apply');
    const applied = await readApplied(trx);
    const due = planApply(applied, definitions);
    if (due.changes.length > 0 && applied.version !== plan.basedOnVersion) {
      throw new OutflowError(
        'ConfigInvalid',
        'Other definitions were applied since this plan was made.',
        'Look at the new plan: run `outflow apply` again.',
      );
    }
    const version = await storeDefinitions(trx, definitions);
    for (const change of due.changes) await applyChange(trx, change);
    if (version !== applied.version) await recordApplied(trx, actor, version);
    return version;
  });
}

async function applyChange(trx: Knex.Transaction, change: ActivationChange): Promise<void> {
  switch (change.kind) {
    case 'added':
      return addActivation(trx, change.name);
    case 'revived':
      await trx<ActivationRow>('outflow.activation').where({ name: change.name }).update({ removed_at: null });
      return;
    case 'renamed':
      await trx<ActivationRow>('outflow.activation').where({ name: change.previousName }).update({ name: change.name });
      return;
    case 'removed':
      return removeActivation(trx, change.name);
    case 'changed':
      return;
  }
}

async function addActivation(trx: Knex.Transaction, name: string): Promise<void> {
  await trx.raw(
    `with added as (insert into outflow.activation (name) values (?) returning activation_id),
       claim as (insert into outflow.claim (activation_id) select activation_id from added)
     insert into outflow.snapshot (activation_id) select activation_id from added`,
    [name],
  );
}

async function removeActivation(trx: Knex.Transaction, name: string): Promise<void> {
  const row = await trx<ActivationRow>('outflow.activation').where({ name }).first('activation_id');
  const holder = row && (await lockClaimForTakeover(trx, row.activation_id));
  if (holder) {
    throw new OutflowError(
      'ConfigInvalid',
      `Activation "${name}" cannot be removed: its run ${holder.runId} is open.`,
      `Wait until it ends, or end it with \`outflow cancel ${name}\`; then apply again.`,
    );
  }
  await trx<ActivationRow>('outflow.activation').where({ name }).update({ removed_at: trx.fn.now() });
}
