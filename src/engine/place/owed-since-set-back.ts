import type { Knex } from 'knex';

/** What is owed because the engine's database was set back. */
export interface SetBackDebt {
  /** When that was found, or said. */
  since: Date;
  /** In words: `the database of the engine was restored`. */
  because: string;
  /** Names of the activations that have not sent everything again, in order; never none. */
  owedBy: string[];
}

/** undefined while nothing is owed because of that. */
export async function owedSinceSetBack(db: Knex): Promise<SetBackDebt | undefined> {
  const { rows } = await db.raw<{ rows: SetBackDebt[] }>(
    `select e.epoch as since, e.set_back_because as because, array_agg(a.name order by a.name) as "owedBy"
     from outflow.engine e
     join outflow.snapshot s on e.set_back_because in (s.full_due, s.full_because)
     join outflow.activation a using (activation_id)
     where a.removed_at is null
     group by e.epoch, e.set_back_because`,
  );
  return rows[0];
}
