import type { Knex } from 'knex';
import type { AlertMessage } from '../../activation/alert-message.js';
import type { Engine } from '../database/database.js';

/** A message that this process has taken to deliver it: for a minute nobody else sends to its channel. */
export interface TakenMessage {
  messageId: number;
  channel: string;
  body: AlertMessage;
  /** Failures of the channel in a row. */
  failures: number;
  /** How often the channel has refused this message. */
  attempts: number;
  /** Until when the channel is taken: what was taken away meanwhile is not written over. */
  until: string;
}

/** Longer than any delivery takes. */
const TAKEN_FOR = '60 seconds';
const GIVEN_UP_AFTER = '3 days';
const FIRST_RETRY_MS = 10_000;
const LAST_RETRY_MS = 1_800_000;

/** A message for each of the channels. */
export async function writeMessages(trx: Knex.Transaction, channels: string[], body: AlertMessage): Promise<void> {
  await trx('outflow.alert_message').insert(channels.map((channel) => ({ channel, body })));
}

/** The oldest message of the channel that is due, unless somebody else is sending to it or it failed a moment ago. */
export async function takeMessage(engine: Engine, channel: string): Promise<TakenMessage | undefined> {
  return engine.db.transaction(async (trx) => {
    const { rows: free } = await trx.raw<{ rows: unknown[] }>(
      `select from outflow.alert_channel where channel = ? and free_at <= clock_timestamp() for update skip locked`,
      [channel],
    );
    if (free.length === 0) return undefined;
    const { rows } = await trx.raw<{ rows: TakenMessage[] }>(
      `with head as (
         select * from outflow.alert_message where channel = :channel and due_at <= clock_timestamp()
         order by message_id limit 1
       )
       update outflow.alert_channel c set free_at = clock_timestamp() + interval '${TAKEN_FOR}'
       from head where c.channel = head.channel
       returning head.message_id as "messageId", c.channel, head.body, c.failures, head.attempts, c.free_at::text as until`,
      { channel },
    );
    return rows[0];
  });
}

export async function messageDelivered(engine: Engine, { messageId, channel, until }: TakenMessage): Promise<void> {
  await engine.db.transaction(async (trx) => {
    await trx('outflow.alert_message').where({ message_id: messageId }).delete();
    await trx.raw(
      `update outflow.alert_channel
       set free_at = clock_timestamp(), failures = 0, failing_since = null, last_error = null,
         last_sent_at = clock_timestamp()
       where channel = :channel and free_at = cast(:until as timestamptz)`,
      { channel, until },
    );
  });
}

/** The channel takes nothing at present: it is tried again after a while, the longer the more often it has failed. */
export async function channelFailed(engine: Engine, taken: TakenMessage, error: string): Promise<void> {
  await engine.db.transaction(async (trx) => {
    await trx.raw(
      `update outflow.alert_channel
       set free_at = clock_timestamp() + make_interval(secs => :waitMs::float8 / 1000), failures = failures + 1,
         failing_since = coalesce(failing_since, clock_timestamp()), last_error = :error
       where channel = :channel and free_at = cast(:until as timestamptz)`,
      { channel: taken.channel, until: taken.until, waitMs: retryAfterMs(taken.failures), error },
    );
    await giveUpOldMessages(trx, taken.channel);
  });
}

/** The channel refuses this message only: those behind it need not wait. */
export async function messageRefused(engine: Engine, taken: TakenMessage, error: string): Promise<void> {
  const { channel, until, messageId, attempts } = taken;
  await engine.db.transaction(async (trx) => {
    await trx.raw(
      `update outflow.alert_message
       set due_at = clock_timestamp() + make_interval(secs => :waitMs::float8 / 1000), attempts = attempts + 1
       where message_id = :messageId`,
      { messageId, waitMs: retryAfterMs(attempts) },
    );
    await trx.raw(
      `update outflow.alert_channel
       set free_at = clock_timestamp(), failures = 0, failing_since = coalesce(failing_since, clock_timestamp()),
         last_error = :error
       where channel = :channel and free_at = cast(:until as timestamptz)`,
      { channel, until, error },
    );
    await giveUpOldMessages(trx, channel);
  });
}

/** Tries channels that fail within a minute: what was at fault may have been mended, and this process started for it. */
export async function retryFailedChannels(engine: Engine): Promise<void> {
  // Not sooner: another process may be sending, which takes a channel for that long.
  await engine.db.raw(
    `update outflow.alert_channel
     set free_at = least(free_at, clock_timestamp() + interval '${TAKEN_FOR}') where failures > 0`,
  );
}

async function giveUpOldMessages(trx: Knex.Transaction, channel: string): Promise<void> {
  await trx.raw(
    `with given_up as (
       delete from outflow.alert_message
       where channel = :channel and created_at < clock_timestamp() - interval '${GIVEN_UP_AFTER}' returning message_id
     )
     update outflow.alert_channel set dropped = dropped + (select count(*) from given_up) where channel = :channel`,
    { channel },
  );
}

/** 10 seconds, then twice as long each time, up to half an hour. */
function retryAfterMs(failuresBefore: number): number {
  return Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failuresBefore);
}
