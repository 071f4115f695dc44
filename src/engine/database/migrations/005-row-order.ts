import type { Knex } from 'knex';

/** How a run has read its segment. */
export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    alter table outflow.run_diff
      add column row_order text not null default 'identifier' check (row_order in ('identifier', 'any'))
  `);
}

export async function down(db: Knex): Promise<void> {
  await db.raw('alter table outflow.run_diff drop column row_order');
}
