import type { Knex } from 'knex';

/**
 * Alerts: what is raised, and an outbox of messages for each channel. Definitions that were applied before get the
 * conditions that a file without them has, and no channel.
 */
export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- How far an activation has been looked at; made when that is done for the first time.
    create table outflow.alert_watch (
      activation_id bigint primary key references outflow.activation,
      through_run bigint not null, -- the last closed run that was looked at
      counted_from timestamptz -- how stale it is counts from here; null: not counted, somebody has paused it
    );

    -- Conditions that are raised.
    create table outflow.alert_state (
      activation_id bigint not null references outflow.alert_watch on delete cascade,
      condition text not null check (condition in
        ('failed', 'held', 'paused', 'zero_rows', 'rejected_above', 'invalid_above', 'longer_than', 'stale')),
      since timestamptz not null,
      primary key (activation_id, condition)
    );

    -- The channels of the newest definitions.
    create table outflow.alert_channel (
      channel text primary key,
      free_at timestamptz not null default clock_timestamp(), -- nobody sends before: one does, or it failed a moment ago
      failures int not null default 0, -- in a row
      failing_since timestamptz,
      last_error text, -- a text of ours: no address, no secret
      last_sent_at timestamptz,
      dropped bigint not null default 0 -- messages given up
    );

    create table outflow.alert_message (
      message_id bigint generated always as identity primary key,
      channel text not null references outflow.alert_channel on delete cascade,
      body jsonb not null,
      created_at timestamptz not null default clock_timestamp(),
      due_at timestamptz not null default clock_timestamp(),
      attempts int not null default 0 -- refused: the channel takes others
    );
    create index alert_message_of_channel on outflow.alert_message (channel, message_id);

    update outflow.definitions d set document = jsonb_set(document, '{activations}', (
      select coalesce(jsonb_object_agg(name, activation || '{
        "alerts": {"failed": true, "held": true, "paused": true, "zeroRows": true, "rejectedAbovePercent": 1,
          "invalidAbovePercent": 5, "longerThanMs": null, "staleAfterMs": null}
      }'), '{}')
      from jsonb_each(d.document -> 'activations') as a (name, activation))) || '{"alertChannels": {}}';
  `);
}

export async function down(db: Knex): Promise<void> {
  await db.raw('drop table outflow.alert_message, outflow.alert_channel, outflow.alert_state, outflow.alert_watch');
}
