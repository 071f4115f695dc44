import { type Actor, outflowItself } from '../../activation/actor.js';
import { OutflowError } from '../../activation/errors.js';
import { findActivation } from '../definitions/activations.js';
import { lockClaimForTakeover } from '../claim/claim.js';
import { recordAction } from '../audit/audit.js';
import type { Engine } from '../database/database.js';
import { lastContacts } from './last-contacts.js';

/** What a reset costs: the contacts that its next run sends as new, all attributes of each. */
export async function describeReset(engine: Engine, activation: string): Promise<{ contacts: number }> {
  const { activationId } = await findActivation(engine.db, activation);
  return { contacts: await lastContacts(engine.db, activationId) };
}

/**
 * Forgets what the destination is known to hold: the next run sends everything. Runs and their figures stay. Throws
 * `RunAlreadyOpen` while a run is open.
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
    for (const table of ['snapshot_block', 'change_chunk', 'late_send', 'rejection', 'invalid_row_block', 'snapshot']) {
      await trx(`outflow.${table}`).where({ activation_id: activationId }).delete();
    }
    await trx('outflow.snapshot').insert({ activation_id: activationId });
    await recordAction(trx, actor, 'reset', [activationId]);
  });
}
