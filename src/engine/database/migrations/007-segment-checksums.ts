import type { Knex } from 'knex';

/** A checksum of the rows that a run has met, so that the next one need not read them again to find that they are the same. */
export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    alter table outflow.snapshot
      add column checksum text,
      add column checksum_run bigint; -- whose rows it is of
    alter table outflow.run_diff
      add column known_after bigint, -- contacts of the snapshot when all of the run is acknowledged; null: not counted
      add column read_ms int, -- of the last diff that has read the segment; null: not timed
      add column checksum_ms int, -- of the last checksum that was asked for; null: never
      add column checksum_told boolean, -- null: not asked for, or nothing to compare it with
      drop constraint run_diff_row_order_check,
      add constraint run_diff_row_order_check check (row_order in ('identifier', 'any', 'unread'));
    create index run_diff_of_activation on outflow.run_diff (activation_id, run_id desc)
  `);
}

export async function down(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    drop index outflow.run_diff_of_activation;
    update outflow.run_diff set row_order = 'any' where row_order = 'unread';
    alter table outflow.snapshot drop column checksum, drop column checksum_run;
    alter table outflow.run_diff
      drop column known_after, drop column read_ms, drop column checksum_ms, drop column checksum_told,
      drop constraint run_diff_row_order_check,
      add constraint run_diff_row_order_check check (row_order in ('identifier', 'any'))
  `);
}
