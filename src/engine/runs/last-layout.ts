import type { Knex } from 'knex';
import type { Layout } from '../../activation/layout.js';

/** The layout of the activation's last published diff; undefined when there was none. */
export async function lastLayout(db: Knex, activationId: number): Promise<Layout | undefined> {
  const diff = await db<{ activation_id: number; run_id: number; layout: Layout }>('outflow.run_diff')
    .where({ activation_id: activationId })
    .orderBy('run_id', 'desc')
    .first('layout');
  return diff?.layout;
}
