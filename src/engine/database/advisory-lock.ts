import type { Knex } from 'knex';

/** Numbers of our own, the same in every version. */
const keys = { migrate: 7_011_001, apply: 7_011_002, alerts: 7_011_003 };

/** Lets one transaction at a time do this work in this database; the others wait. Released with the transaction. */
export async function takeAdvisoryLock(trx: Knex.Transaction, work: keyof typeof keys): Promise<void> {
  await trx.raw('select pg_advisory_xact_lock(?)', [keys[work]]);
}

/** The same for those who need not wait: false when another transaction is doing this work. */
export async function tryAdvisoryLock(trx: Knex.Transaction, work: keyof typeof keys): Promise<boolean> {
  const { rows } = await trx.raw<{ rows: { taken: boolean }[] }>('select pg_try_advisory_xact_lock(?) as taken', [
    keys[work],
  ]);
  return rows[0]!.taken;
}
