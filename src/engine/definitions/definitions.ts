import type { Knex } from 'knex';
import type { Definitions } from '../../activation/definitions.js';
import type { Engine } from '../database/database.js';

/** Definitions as they were applied; versions only grow. */
export interface AppliedDefinitions {
  version: number;
  definitions: Definitions;
}

interface Row {
  version: number;
  document: Definitions;
}

/** Stores the definitions as a new version, unless they are those of the newest one. Returns the version that holds them. */
export async function storeDefinitions(trx: Knex.Transaction, definitions: Definitions): Promise<number> {
  const { rows } = await trx.raw<{ rows: { version: number }[] }>(
    `with newest as (select version, document from outflow.definitions order by version desc limit 1),
       same as (select version from newest where document = :document::jsonb),
       stored as (
         insert into outflow.definitions (document)
         select :document::jsonb where not exists (select from same) returning version
       )
     select version from same union all select version from stored`,
    { document: JSON.stringify(definitions) },
  );
  return rows[0]!.version;
}

/** The definitions that new runs use; undefined before the first `outflow apply`. */
export async function newestDefinitions(db: Knex): Promise<AppliedDefinitions | undefined> {
  const row = await db<Row>('outflow.definitions').orderBy('version', 'desc').first('version', 'document');
  return row && { version: row.version, definitions: row.document };
}

/** The version that new runs use; undefined before the first `outflow apply`. */
export async function newestVersion(db: Knex): Promise<number | undefined> {
  return (await db<Row>('outflow.definitions').orderBy('version', 'desc').first('version'))?.version;
}

/** By database, the versions that were read last: a version never changes. */
const lastRead = new WeakMap<Engine, Map<number, Definitions>>();
const MOST_KEPT = 4;

/**
 * The definitions of a version, which are never deleted. Kept in memory: every step of every run asks for them, and a
 * document of hundreds of activations takes longer to read than all else that a small run does. `db`: where they are read
 * from; in a transaction, that one, because waiting for another connection while holding one may never end.
 */
export async function definitionsOfVersion(
  engine: Engine,
  version: number,
  db: Knex = engine.db,
): Promise<Definitions> {
  const kept = lastRead.get(engine) ?? new Map<number, Definitions>();
  lastRead.set(engine, kept);
  const found = kept.get(version) ?? (await readVersion(db, version));
  kept.delete(version);
  kept.set(version, found);
  if (kept.size > MOST_KEPT) kept.delete(Math.min(...kept.keys()));
  return found;
}

async function readVersion(db: Knex, version: number): Promise<Definitions> {
  const row = await db<Row>('outflow.definitions').where({ version }).first('version', 'document');
  if (!row) throw new Error(`There are no definitions of version ${version}`);
  return row.document;
}

/** The newest definitions in which an activation of this name stands; undefined when there never was one. */
export async function newestDefinitionsWith(db: Knex, activation: string): Promise<Definitions | undefined> {
  const row = await db<Row>('outflow.definitions')
    .whereRaw(`jsonb_exists(document -> 'activations', ?)`, [activation])
    .orderBy('version', 'desc')
    .first('version', 'document');
  return row?.document;
}
