import type { Knex } from 'knex';
import { OutflowError } from '../../activation/errors.js';
import { takeAdvisoryLock } from './advisory-lock.js';
import type { Engine } from './database.js';
import { down, up } from './migrations/001-initial.js';
import { requireRightToMigrate } from './rights.js';

/** In order. A released migration is never edited. */
const migrations: (Knex.Migration & { name: string })[] = [{ name: '001-initial', up, down }];

const config: Knex.MigratorConfig = {
  schemaName: 'outflow',
  tableName: 'migration',
  migrationSource: {
    getMigrations: () => Promise.resolve(migrations),
    getMigrationName: ({ name }: { name: string }) => name,
    getMigration: (migration: Knex.Migration) => Promise.resolve(migration),
  },
};

/**
 * Brings the engine's database to this version's schema: everything or nothing, in one transaction, one process at a
 * time. Two quick queries when there is nothing to do. Returns the names of the migrations that it made. Throws
 * `EngineNewer` when the database has a migration that this version does not know, and `ConfigInvalid` when one is missing
 * that the role may not make.
 */
export async function migrate(engine: Engine): Promise<string[]> {
  if ((await missingMigrations(engine.db, engine.where)).length === 0) return [];
  return engine.db.transaction(async (trx) => {
    await takeAdvisoryLock(trx, 'migrate');
    const missing = await missingMigrations(trx, engine.where);
    if (missing.length === 0) return [];
    await requireRightToMigrate(trx, engine.where, missing);
    // `if not exists` would ask for the right to create schemas where the owner has already made this one.
    if (!(await exists(trx, "to_regnamespace('outflow')"))) await trx.raw('create schema outflow');
    await trx.migrate.latest(config);
    return missing;
  });
}

/** What `migrate` would throw. Changes nothing. */
export async function requireMigratable({ db, where }: Engine): Promise<void> {
  const missing = await missingMigrations(db, where);
  if (missing.length > 0) await requireRightToMigrate(db, where, missing);
}

async function missingMigrations(db: Knex, where: string): Promise<string[]> {
  const known = migrations.map(({ name }) => name);
  if (!(await exists(db, "to_regclass('outflow.migration')"))) return known;
  const done = await db<{ name: string }>('outflow.migration').pluck('name');
  const unknown = done.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new OutflowError(
      'EngineNewer',
      `The engine's database at ${where} belongs to a newer version of Outflow: it has the migration "${unknown}".`,
      'Update this installation of Outflow to that version, or a later one.',
    );
  }
  return known.filter((name) => !done.includes(name));
}

async function exists(db: Knex, expression: string): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { found: boolean }[] }>(`select ${expression} is not null as found`);
  return rows[0]?.found === true;
}
