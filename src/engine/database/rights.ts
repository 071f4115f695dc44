import type { Knex } from 'knex';
import pg from 'pg';
import { OutflowError } from '../../activation/errors.js';
import { EngineUnreachable } from './engine-unreachable.js';

/** What a role needs that works with the tables of another: for whoever owns them, who may migrate them again later. */
function grantsFor(role: string): string {
  const to = `to ${pg.escapeIdentifier(role)}`;
  const tables = 'grant select, insert, update, delete on';
  return [
    `grant usage on schema outflow ${to}`,
    `${tables} all tables in schema outflow ${to}`,
    `grant usage on all sequences in schema outflow ${to}`,
    `alter default privileges in schema outflow ${tables} tables ${to}`,
    `alter default privileges in schema outflow grant usage on sequences ${to};`,
  ].join('; ');
}

/** What a statement of the engine's failed with, when the role may not do it; undefined for every other error. */
export function asRightMissing(where: string, role: string | undefined, error: unknown): EngineUnreachable | undefined {
  const isMissing = error instanceof Error && 'code' in error && error.code === '42501';
  if (!isMissing || role === undefined) return undefined;
  return new EngineUnreachable(where, {
    text: `its role "${role}" lacks a right on the schema outflow`,
    cannot: 'be used',
    remedy: `Let the owner of the schema run: ${grantsFor(role)}`,
    isFinal: true,
  });
}

/** Who may migrate: who may create the schema, or create in it, and owns what is there. */
const MAY_MIGRATE = /* sql */ `
  select quote_ident(current_user) as role, quote_ident(current_database()) as database, owner,
    case
      when owner is null then has_database_privilege(current_database(), 'create')
      else has_schema_privilege('outflow', 'create') and not exists (
        select from pg_class
        where oid = to_regclass('outflow.migration') and not pg_has_role(relowner, 'usage'))
    end as may
  from (select (select nspowner::regrole::text from pg_namespace where nspname = 'outflow') as owner) as found`;

/** Throws ConfigInvalid, with what to grant, when the role may not make these migrations. */
export async function requireRightToMigrate(db: Knex, where: string, missing: readonly string[]): Promise<void> {
  const { rows } = await db.raw<{
    rows: { role: string; database: string; owner: string | null; may: boolean }[];
  }>(MAY_MIGRATE);
  const { role, database, owner, may } = rows[0]!;
  if (may) return;
  const byHand = 'run `outflow migrate` with the OUTFLOW_DATABASE_URL of a role that may';
  throw new OutflowError(
    'ConfigInvalid',
    `The engine's database at ${where} lacks the migration ${missing.join(', ')}, and its role ${role} may not make it.`,
    owner === null
      ? `Either ${byHand}, or let an administrator run: grant create on database ${database} to ${role};`
      : `Either ${byHand}, such as ${owner}, who owns the schema outflow, or let the role be a member of it: grant ${owner} to ${role};`,
    'access',
  );
}
