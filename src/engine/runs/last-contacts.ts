import type { Knex } from 'knex';

/** Contacts that the activation's last published diff found in the segment; 0 when there was none. */
export async function lastContacts(db: Knex, activationId: number): Promise<number> {
  const { rows } = await db.raw<{ rows: { contacts: number }[] }>(
    `select unchanged + new + changed + deferred as contacts from outflow.run_diff
     where activation_id = ? order by run_id desc limit 1`,
    [activationId],
  );
  return rows[0]?.contacts ?? 0;
}
