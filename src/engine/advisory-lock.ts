import type { Knex } from 'knex';

/** Numbers of our own, the same in every version. */
const keys = { migrate: 7_011_001, apply: 7_011_002 };

/** Lets one transaction at a time do this work in this database; the others wait. Released with the transaction. */
export async function takeAdvisoryLock(trx: Knex.Transaction, work: keyof typeof keys): Promise<void> {
  await trx.raw('select pg_advisory_xact_lock(?)', [keys[work]]);
}
