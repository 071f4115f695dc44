import type { Knex } from 'knex';

/** How a channel of the applied definitions fares. */
export interface AlertChannelState {
  channel: string;
  /** Messages that are still to be delivered. */
  waiting: number;
  /** Present from its first failure until it takes a message again. `error`: a text of ours, without addresses and secrets. */
  failing?: { since: Date; error: string };
  /** Absent before the first. */
  lastSentAt?: Date;
  /** Messages given up, because they could not be delivered for 3 days. */
  dropped: number;
}

interface StateRow {
  channel: string;
  waiting: number;
  failing_since: Date | null;
  last_error: string | null;
  last_sent_at: Date | null;
  dropped: number;
}

/** All channels, by name, as soon as a worker has seen the definitions that have them. */
export async function alertChannelStates(db: Knex): Promise<AlertChannelState[]> {
  const { rows } = await db.raw<{ rows: StateRow[] }>(
    `select c.channel, c.failing_since, c.last_error, c.last_sent_at, c.dropped,
       (select count(*) from outflow.alert_message m where m.channel = c.channel) as waiting
     from outflow.alert_channel c order by c.channel`,
  );
  return rows.map(({ channel, waiting, failing_since: since, last_error: error, last_sent_at: sentAt, dropped }) => ({
    channel,
    waiting,
    ...(since === null ? {} : { failing: { since, error: error ?? '' } }),
    ...(sentAt === null ? {} : { lastSentAt: sentAt }),
    dropped,
  }));
}

/** Keeps exactly these channels: the messages of others go with them. */
export async function keepAlertChannels(trx: Knex.Transaction, names: string[]): Promise<void> {
  await trx('outflow.alert_channel').whereNotIn('channel', names).delete();
  if (names.length === 0) return;
  await trx('outflow.alert_channel')
    .insert(names.map((channel) => ({ channel })))
    .onConflict('channel')
    .ignore();
}
