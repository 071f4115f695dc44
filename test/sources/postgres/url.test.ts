import { afterAll, beforeAll, expect, test } from 'vitest';
import { OutflowError } from '../../../src/activation/errors.js';
import { describeSegment } from '../../../src/sources/postgres/describe-segment.js';
import { openSource } from '../../../src/sources/postgres/source.js';
import { readUrl } from '../../../src/sources/postgres/url.js';
import { sourceDatabase, type SourceDatabase, withRole } from './source-database.js';

let database: SourceDatabase;
beforeAll(async () => {
  database = await sourceDatabase();
});
afterAll(() => database.drop());

function faultOf(url: string): OutflowError {
  try {
    readUrl('warehouse', url);
  } catch (error) {
    if (error instanceof OutflowError) return error;
    throw error;
  }
  throw new Error('the URL was read');
}

test('the parts of a URL are read with what is encoded in them', () => {
  expect(readUrl('warehouse', 'postgres://me%40shop:p%40%2F%3A%3F%23%25%20w@db.example:6432/my%20shop')).toEqual({
    host: 'db.example',
    port: 6432,
    user: 'me@shop',
    password: 'p@/:?#% w',
    database: 'my shop',
  });
  expect(readUrl('warehouse', 'postgresql://[::1]/shop?statement_timeout=5000&connect_timeout=3')).toEqual({
    host: '::1',
    database: 'shop',
    statement_timeout: 5000,
    connectionTimeoutMillis: 3000,
  });
  expect(readUrl('warehouse', 'postgres://%2Fvar%2Frun%2Fpostgresql/shop')).toEqual({
    host: '/var/run/postgresql',
    database: 'shop',
  });
  expect(readUrl('warehouse', 'postgres:///shop?host=/var/run/postgresql')).toEqual({
    host: '/var/run/postgresql',
    database: 'shop',
  });
  // No host holds an @, so that the last one ends the password.
  expect(readUrl('warehouse', 'postgres://me:p@ss@db/shop')).toMatchObject({ host: 'db', password: 'p@ss' });
});

test.each([
  'postgres://reader:ab@Sup3rSecretRest/1@localhost:6432/shop',
  'postgres://reader:Sup3r/SecretRest@localhost:6432/shop',
  'postgres://reader:Sup3r?SecretRest@localhost:6432/shop',
  'postgres://reader:Sup3r#SecretRest@localhost:6432/shop',
  'postgres://reader:Sup3r%SecretRest@localhost:6432/shop',
  'postgres://reader:Sup3r%FFSecretRest@localhost:6432/shop',
  'postgres://reader:Sup3r SecretRest@localhost:6432/shop',
  'postgres://reader:Sup3r\nSecretRest@localhost:6432/shop',
  'postgres://reader:Sup3rSecretRest@local host:6432/shop',
  'postgres://reader:Sup3rSecretRest@localhost:port/shop',
  'postgres://reader:Sup3rSecretRest@localhost:99999/shop',
  'postgres://reader:Sup3rSecretRest@[::1/shop',
  'mysql://reader:Sup3rSecretRest@localhost/shop',
  'Sup3rSecretRest',
  '',
])('a URL that can be read in two ways, or not at all, is refused and not repeated (%#)', (url) => {
  const { code, message, remedy } = faultOf(url);
  expect(code).toBe('ConfigInvalid');
  expect(message).toBe('The URL of source warehouse, with the values of its variables, cannot be read without doubt');
  expect(remedy).toContain('@ as %40, : as %3A, / as %2F');
});

test.each([
  ['sslmode=enforced', 'a parameter sslmode that must be one of disable, no-verify, prefer, require'],
  ['channel_binding=require', 'a parameter channel_binding that must be prefer or disable'],
  ['target_session_attrs=read-write', 'the parameter target_session_attrs, which Outflow does not know'],
  ['statement_timeout=secret', 'a parameter statement_timeout that must be a number of milliseconds'],
  ['Sup3r-SecretRest=1', 'a parameter, which Outflow does not know'],
])('?%s cannot be honoured, and is said', (query, what) => {
  const { code, message } = faultOf(`postgres://me:hunter2@db/shop?${query}`);
  expect(code).toBe('ConfigInvalid');
  expect(message).toContain(what);
  expect(message).not.toMatch(/hunter2|enforced|secret/i);
});

test.each(['sslrootcert', 'sslcert', 'sslkey'])(
  'a file of %s that cannot be read is a fault of the source that names it',
  async (parameter) => {
    const url = `${database.url}?sslmode=verify-full&${parameter}=missing.pem`;
    await expect(openSource('warehouse', url)).rejects.toMatchObject({
      code: 'SourceRejectedLogin',
      category: 'configuration',
      message: `Source warehouse cannot be connected to: ${parameter} of its URL names missing.pem, which cannot be read (ENOENT).`,
    });
    await expect(openSource('warehouse', url.replace('missing.pem', '/'))).rejects.toMatchObject({
      message: expect.stringContaining('(EISDIR)') as string,
    });
  },
);

test('a file of sslrootcert that holds no certificate is a fault of TLS, with what to check', async () => {
  const url = `${database.url}?sslmode=verify-full&sslrootcert=package.json`;
  await expect(openSource('warehouse', url)).rejects.toMatchObject({ code: 'SourceUnreachable' });
});

test('names and types are described alike where the role quotes all identifiers', async () => {
  const describe = async (url: string) =>
    describeSegment(await database.open(url), {
      name: 'all',
      sql: `select 'a' as id, 1.5 as "order", '{a}'::text[] as tags`,
    });
  await withRole(database, 'alter role $ROLE set quote_all_identifiers = on', async ({ url }) => {
    expect(await describe(url)).toEqual(await describe(database.url));
  });
});

test('channel binding may be preferred', async () => {
  const source = await database.open(`${database.url}?channel_binding=prefer`);
  expect((await source.client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
});
