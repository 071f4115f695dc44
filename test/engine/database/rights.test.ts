import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OutflowError } from '../../../src/activation/errors.js';
import { type Engine, openEngine } from '../../../src/engine/database/database.js';
import { migrate, requireMigratable } from '../../../src/engine/database/migrate.js';
import { takePlace } from '../../../src/engine/place/place.js';
import { codeBlocks, page } from '../../docs/markdown.js';
import { type FreshDatabase, freshDatabase } from '../../support/stack.js';
import { applicant, applyAll, definitionsOf, opened } from '../engine-fixture.js';

let database: FreshDatabase;
let administrator: Engine;
let opening: Engine[] = [];
let roles: string[] = [];

beforeEach(async () => {
  database = await freshDatabase();
  administrator = openEngine(database.url, { applicationName: 'outflow test' });
  opening = [administrator];
  roles = [];
  await administrator.db.raw(`revoke create on database ${database.name} from public`);
});
afterEach(async () => {
  for (const role of roles) await administrator.db.raw(`drop owned by ${role} cascade; drop role ${role}`);
  await Promise.all(opening.map((engine) => engine.end()));
  await database.drop();
});

/** A role of this test's own; `suffix` with characters that have to be quoted. */
async function newRole(suffix: string): Promise<string> {
  const role = `${database.name.slice(0, 20)} ${suffix}`;
  await administrator.db.raw(`create role ${pg.escapeIdentifier(role)} login password 'secret'`);
  roles.push(pg.escapeIdentifier(role));
  return role;
}

function openAs(role: string, pathname = new URL(database.url).pathname): Engine {
  const url = Object.assign(new URL(database.url), {
    pathname,
    username: encodeURIComponent(role),
    password: 'secret',
  });
  const engine = openEngine(url.href, { applicationName: 'outflow test' });
  opening.push(engine);
  return engine;
}

/** What a worker asks of its role: to stand in its place, to keep definitions, to open a run. */
async function work(engine: Engine): Promise<void> {
  await migrate(engine);
  await takePlace(engine);
  await applyAll(engine, definitionsOf('loyalty'));
  await opened(engine, applicant('loyalty'));
  await engine.db.raw(`select nextval('outflow.diff_attempt')`);
}

async function failureOf(engine: Engine): Promise<OutflowError> {
  return work(engine).then(
    () => expect.unreachable('the role lacks nothing'),
    (error: unknown) => error as OutflowError,
  );
}

/** The SQL at the end of a remedy. */
function statements({ remedy }: OutflowError): string {
  return /: ((?:grant|alter) .*;)$/.exec(remedy)![1]!;
}

test('a role that may not create the schema is told which right to get, and that is all it needs', async () => {
  const engine = openAs(await newRole('a "worker"'));
  const failure = await failureOf(engine);
  expect(failure).toMatchObject({
    code: 'ConfigInvalid',
    category: 'access',
    message: expect.stringMatching(
      /lacks the migration 001-initial, and its role ".* a ""worker""" may not make it\.$/,
    ) as string,
    remedy: expect.stringContaining('run `outflow migrate` with the OUTFLOW_DATABASE_URL of a role that may') as string,
  });
  await expect(requireMigratable(engine), 'a check says the same').rejects.toMatchObject({ message: failure.message });
  await administrator.db.raw(statements(failure));
  await work(engine);
});

test('a schema of another role is named with its owner', async () => {
  const owner = await newRole('owner');
  const engine = openAs(await newRole('worker'));
  await administrator.db.raw(`create schema outflow authorization ${pg.escapeIdentifier(owner)}`);
  await administrator.db.raw(`grant usage on schema outflow to public`);
  const failure = await failureOf(engine);
  expect(failure.remedy).toContain(`such as "${owner}", who owns the schema outflow`);
  await administrator.db.raw(statements(failure));
  await work(engine);
});

test('a role that may not use what another has migrated is told the grants, and then works without the right to create', async () => {
  const owner = openAs(await newRole('owner'));
  const engine = openAs(await newRole('worker'));
  await administrator.db.raw(`create schema outflow authorization ${roles[0]!}`);
  expect(await migrate(owner)).toEqual(['001-initial']);
  const failure = await failureOf(engine);
  expect(failure).toMatchObject({
    code: 'EngineUnreachable',
    message: expect.stringContaining(`its role "${database.name.slice(0, 20)} worker" lacks a right`) as string,
  });
  await owner.db.raw(statements(failure));
  await work(engine);

  await administrator.db.raw(`delete from outflow.migration`);
  const behind = await failureOf(engine);
  expect(behind.message).toContain('lacks the migration 001-initial');
  expect(behind.remedy).toContain(`such as ${roles[0]!}`);
});

const documented = codeBlocks(page('docs/operations.md'), 'sql').filter((block) => block.startsWith('create role'));

test.each([
  { title: 'owns a database', block: documented[0]!, migratesAs: 'outflow', ownsDatabase: true },
  { title: 'owns the schema', block: documented[1]!, migratesAs: 'outflow', ownsDatabase: false },
  {
    title: 'works with the tables of another',
    block: documented[2]!,
    migratesAs: 'outflow_owner',
    ownsDatabase: false,
  },
])('as documented, where the role $title', async ({ block, migratesAs, ownsDatabase }) => {
  expect(documented).toHaveLength(3);
  const prefix = `${database.name.slice(0, 20)}_`;
  const named = block
    .replaceAll(/\boutflow_owner\b/g, `${prefix}outflow_owner`)
    .replaceAll(/(role|to|owner|authorization) outflow\b(?!_)/g, `$1 ${prefix}outflow`)
    .replaceAll(/create database outflow\b/g, `create database ${prefix}db`)
    .replaceAll(`'...'`, `'secret'`);
  roles.push(...Array.from(named.matchAll(/create role (\w+)/g), ([, role]) => role!));
  for (const statement of named.split(/;\s*/).filter((text) => text !== '')) await administrator.db.raw(statement);
  const pathname = ownsDatabase ? `/${prefix}db` : undefined;
  await migrate(openAs(`${prefix}${migratesAs}`, pathname));
  await work(openAs(`${prefix}outflow`, pathname));
  if (ownsDatabase) await administrator.db.raw(`drop database ${prefix}db with (force)`);
});
