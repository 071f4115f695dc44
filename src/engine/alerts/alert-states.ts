import type { Knex } from 'knex';
import type { AlertCondition } from '../../activation/alerts.js';
import type { AlertFacts } from './alert-facts.js';

/** What is known of an activation after a look at it. */
export interface AlertState {
  raised: ReadonlyMap<AlertCondition, Date>;
  countedFrom: Date | null;
}

/** Remembers how far the activation was looked at, and what is raised since. */
export async function writeAlertState(trx: Knex.Transaction, facts: AlertFacts, state: AlertState): Promise<void> {
  const { activationId, ended, raised: before } = facts;
  await trx.raw(
    `insert into outflow.alert_watch as w (activation_id, through_run, counted_from)
     values (:activationId, :throughRun, :countedFrom)
     on conflict (activation_id) do update
       set through_run = greatest(w.through_run, excluded.through_run), counted_from = excluded.counted_from
       where w.through_run < excluded.through_run or w.counted_from is distinct from excluded.counted_from`,
    { activationId, throughRun: ended.at(-1)?.runId ?? 0, countedFrom: state.countedFrom },
  );
  const over = [...before].filter(([condition, since]) => state.raised.get(condition)?.getTime() !== since.getTime());
  const begun = [...state.raised].filter(([condition, since]) => before.get(condition)?.getTime() !== since.getTime());
  if (over.length > 0) {
    await trx('outflow.alert_state')
      .where({ activation_id: activationId })
      .whereIn(
        'condition',
        over.map(([condition]) => condition),
      )
      .delete();
  }
  if (begun.length > 0) {
    await trx('outflow.alert_state').insert(
      begun.map(([condition, since]) => ({ activation_id: activationId, condition, since })),
    );
  }
}

/** Forgets activations that were removed: they are looked at anew when they return. */
export async function forgetRemovedActivations(trx: Knex.Transaction): Promise<void> {
  await trx.raw(
    `delete from outflow.alert_watch w using outflow.activation a
     where a.activation_id = w.activation_id and a.removed_at is not null`,
  );
}

/** Without a channel nothing is watched: the first channel is told of what holds then. */
export async function forgetAlertStates(trx: Knex.Transaction): Promise<void> {
  await trx('outflow.alert_watch').delete();
}
