import { randomUUID } from 'node:crypto';
import type { AlertChannelDefinition } from '../activation/alerts.js';
import { keepAlertChannels } from '../engine/alerts/alert-channels.js';
import { readAlertFacts } from '../engine/alerts/alert-facts.js';
import { writeMessages } from '../engine/alerts/alert-outbox.js';
import { forgetAlertStates, forgetRemovedActivations, writeAlertState } from '../engine/alerts/alert-states.js';
import { tryAdvisoryLock } from '../engine/database/advisory-lock.js';
import type { Engine } from '../engine/database/database.js';
import { newestDefinitions } from '../engine/definitions/definitions.js';
import { judge } from './judge.js';

/**
 * Looks at every activation and writes a message for each change and channel, all or nothing, one process at a time: those
 * that come meanwhile leave it to that one. Returns the channels of the newest definitions.
 */
export async function writeAlerts(engine: Engine): Promise<AlertChannelDefinition[]> {
  return engine.db.transaction(async (trx) => {
    const isAlone = await tryAdvisoryLock(trx, 'alerts');
    const definitions = (await newestDefinitions(trx))?.definitions;
    const channels = Object.values(definitions?.alertChannels ?? {});
    if (!definitions || !isAlone) return channels;

    const names = channels.map(({ name }) => name);
    await keepAlertChannels(trx, names);
    if (names.length === 0) {
      await forgetAlertStates(trx);
      return [];
    }
    await forgetRemovedActivations(trx);
    for (const facts of await readAlertFacts(trx)) {
      const definition = definitions.activations[facts.activation];
      // Applied since the definitions were read: the next look finds it.
      if (!definition) continue;
      const judgement = judge(facts, definition.alerts);
      for (const alert of judgement.alerts) await writeMessages(trx, names, { id: randomUUID(), ...alert });
      await writeAlertState(trx, facts, judgement);
    }
    return channels;
  });
}
