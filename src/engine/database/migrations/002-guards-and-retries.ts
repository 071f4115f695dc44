import type { Knex } from 'knex';

/**
 * Runs that guards can hold, and rejections that are tried again after a growing interval. Definitions that were applied
 * before get the settings that a file without them has.
 */
export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    alter table outflow.run
      drop constraint run_state_check,
      drop constraint run_trigger_check,
      add constraint run_state_check
        check (state in ('diffing', 'held', 'sending', 'pausing', 'paused', 'closing', 'closed')),
      add constraint run_trigger_check check (trigger in ('schedule', 'cli', 'manual', 'recovery')),
      add column hold jsonb; -- its name, the guards with their figures, since when, the approval

    alter table outflow.run_diff
      add column deferred bigint not null default 0,
      add column guard_figures jsonb not null default '{"acknowledgedBefore": false, "read": 0, "invalid": 0,
        "duplicates": 0, "known": 0, "gone": 0, "changed": 0, "nulled": {}}';

    -- Owed because refused. Of one contact, all rows are of one run, one content and one due time.
    alter table outflow.rejection
      add column rejection_id bigint generated always as identity primary key,
      add column values_hash bytea not null default '\\x', -- of what was refused, as it was sent
      add column attempts int not null default 1, -- refusals of this content in a row; 0: being written
      add column due_at timestamptz not null default clock_timestamp(), -- sent again then, or before with other values
      add column deferred_in_run bigint; -- the last run that found it not due

    update outflow.definitions d set document = jsonb_set(document, '{activations}', (
      select coalesce(jsonb_object_agg(name, activation || '{
        "guards": {"emptySegment": true, "gonePercent": 50, "nulledPercent": 50, "changedPercent": null, "duplicatesPercent": 5},
        "retryRejectedAfterMs": [0, 3600000, 21600000, 86400000]
      }'), '{}')
      from jsonb_each(d.document -> 'activations') as a (name, activation)));
  `);
}

export async function down(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    alter table outflow.rejection
      drop column rejection_id, drop column values_hash, drop column attempts, drop column due_at, drop column deferred_in_run;
    alter table outflow.run_diff drop column deferred, drop column guard_figures;
    alter table outflow.run
      drop column hold,
      drop constraint run_state_check,
      drop constraint run_trigger_check,
      add constraint run_state_check check (state in ('diffing', 'sending', 'pausing', 'paused', 'closing', 'closed')),
      add constraint run_trigger_check check (trigger in ('schedule', 'cli', 'manual'));
  `);
}
