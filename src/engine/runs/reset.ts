import { type Actor, outflowItself } from '../../activation/actor.js';
import { OutflowError } from '../../activation/errors.js';
import { findActivation } from '../definitions/activations.js';
import { lockClaimForTakeover } from '../claim/claim.js';
import { recordAction } from '../audit/audit.js';
import type { Engine } from '../database/database.js';
import { lastContacts } from './last-contacts.js';

/** What a reset costs: the contacts of which its next run sends all attributes. */
export async function describeReset(engine: Engine, activation: string): Promise<{ contacts: number }> {
  const { activationId } = await findActivation(engine.db, activation);
  return { contacts: await lastContacts(engine.db, activationId) };
}

/**
 * What the destination holds is not relied on any more: the next run sends everything. The contacts stay known, so that
 * those that have left the segment meanwhile are still found, and so do runs and their figures. Throws `RunAlreadyOpen`
 * while a run is open.
 */
export async function resetSnapshot(engine: Engine, activation: string, actor: Actor = outflowItself): Promise<void> {
  const { activationId } = await findActivation(engine.db, activation);
  await engine.db.transaction(async (trx) => {
    const holder = await lockClaimForTakeover(trx, activationId);
    if (holder) {
      throw new OutflowError(
        'RunAlreadyOpen',
        `Activation "${activation}" cannot be reset: its run ${holder.runId} is open.`,
        `Wait until it ends, or end it with \`outflow cancel ${activation}\`.`,
      );
    }
    await trx('outflow.snapshot').where({ activation_id: activationId }).update({ full_due: 'reset' });
    await recordAction(trx, actor, 'reset', [activationId]);
  });
}
