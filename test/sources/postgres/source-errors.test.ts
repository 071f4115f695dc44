import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OutflowError } from '../../../src/activation/errors.js';
import { describeSegment } from '../../../src/sources/postgres/describe-segment.js';
import { extractSegment } from '../../../src/sources/postgres/extract-segment.js';
import { beginReading } from '../../../src/sources/postgres/reading.js';
import { openSource } from '../../../src/sources/postgres/source.js';
import { asConnectError, asSourceError } from '../../../src/sources/postgres/source-errors.js';
import { rowsOf, sourceDatabase, type SourceDatabase, withRole } from './source-database.js';
import { fields } from './column.js';

let database: SourceDatabase;
beforeAll(async () => {
  database = await sourceDatabase();
});
afterAll(() => database.drop());

const at = (change: (url: URL) => void): string => {
  const url = new URL(database.url);
  change(url);
  return url.href;
};
const where = (): string => new URL(database.url).host;

test('a port where nothing listens is an unreachable source, by its host and port', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  await expect(openSource('warehouse', `postgres://u:secret@127.0.0.1:${port}/shop`)).rejects.toMatchObject({
    code: 'SourceUnreachable',
    retryable: true,
    message: `Source warehouse cannot be reached at 127.0.0.1:${port}/shop: ECONNREFUSED.`,
    remedy: 'Start it, or correct the URL of source warehouse.',
  });
});

test('a host that does not exist is an unreachable source', async () => {
  await expect(openSource('warehouse', 'postgres://u:secret@shop.invalid:5432/shop')).rejects.toMatchObject({
    code: 'SourceUnreachable',
    message: expect.stringMatching(
      /^Source warehouse cannot be reached at shop\.invalid:5432\/shop: (ENOTFOUND|EAI_AGAIN)\.$/,
    ) as string,
  });
});

test('a server that closes the connection at once is an unreachable source', async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const opening = openSource('warehouse', `postgres://u:secret@127.0.0.1:${port}/shop`);
  await expect(opening).rejects.toMatchObject({ code: 'SourceUnreachable' });
  server.close();
});

test('a wrong password is a refused login, and appears in no text', async () => {
  const url = at((it) => (it.password = 'hunter2'));
  const refused = await openSource('warehouse', url).catch((error: unknown) => error);
  expect(refused).toMatchObject({
    code: 'SourceRejectedLogin',
    retryable: false,
    message: expect.stringContaining('password authentication failed for user "outflow" (SQLSTATE 28P01)') as string,
    remedy: 'Correct the user, the password or the database in the URL of source warehouse.',
  });
  expect(JSON.stringify(refused)).not.toContain('hunter2');
});

test('a URL without the password that the server asks for is a refused login', async () => {
  await expect(
    openSource(
      'warehouse',
      at((it) => (it.password = '')),
    ),
  ).rejects.toMatchObject({
    code: 'SourceRejectedLogin',
    message: `Source warehouse refuses the login at ${where()}/${new URL(database.url).pathname.slice(1)}: it asks for a password.`,
  });
});

test('a database that does not exist is a refused login that says so', async () => {
  await expect(
    openSource(
      'warehouse',
      at((it) => (it.pathname = '/nowhere')),
    ),
  ).rejects.toMatchObject({
    code: 'SourceRejectedLogin',
    message: `Source warehouse refuses the login at ${where()}/nowhere: there is no such database.`,
  });
});

test('a query that runs longer than the statement_timeout of its role says what to change', async () => {
  await withRole(database, `alter role $ROLE set statement_timeout = '50ms'`, async ({ url }) => {
    const extract = { sql: `select pg_sleep(60)::text as id`, identifier: 'id', fields: [] };
    await expect(rowsOf(await database.open(url), extract)).rejects.toMatchObject({
      code: 'SourceEndedQuery',
      category: 'time_out',
      message: 'Source warehouse ended the query: it ran longer than a statement_timeout allows.',
      remedy: 'Make the segment faster (an index), or raise the limit of the user in the source.',
    });
  });
});

test('a connection that is ended in the middle of a segment is an unreachable source, so the step is tried again', async () => {
  const source = await database.open();
  const { rows: backend } = await source.client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const sql = `select 'key-' || n as id, repeat('x', 1000) as filler from generate_series(1, 200000) n`;
  const { rows } = extractSegment(await beginReading(source), { sql, identifier: 'id', fields: fields('filler') });
  const reading = async (): Promise<void> => {
    let pieces = 0;
    for await (const piece of rows) {
      if (pieces++ === 0) await database.owner.query('select pg_terminate_backend($1)', [backend[0]!.pid]);
      expect(piece.length).toBeGreaterThan(0);
    }
  };
  await expect(reading()).rejects.toMatchObject({ code: 'SourceUnreachable', retryable: true });
});

test('a connection that is ended before its next query is an unreachable source', async () => {
  const source = await database.open();
  const { rows: backend } = await source.client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const ended = new Promise<void>((resolve) => source.client.once('end', resolve));
  await database.owner.query('select pg_terminate_backend($1)', [backend[0]!.pid]);
  await ended;
  const described = describeSegment(source, { name: 'loyal', sql: 'select 1 as id' });
  await expect(described).rejects.toMatchObject({ code: 'SourceUnreachable' });
});

test.each([
  [`select 'a' as id, ('secret-' || 'value')::int as field`, 'SQLSTATE 22P02 (invalid_text_representation)'],
  [`select 'a' as id, 7 / (random() * 0)::int as field`, 'SQLSTATE 22012 (division_by_zero)'],
  [
    `select 'a' as id, (select x from unnest(array['secret-value', 'b']) x) as field`,
    'SQLSTATE 21000 (cardinality_violation)',
  ],
  [`select 'a' as id, to_date('secret-' || 'value', 'YYYY') as field`, 'SQLSTATE 22007 (invalid_datetime_format)'],
])('of %s the condition is named and no value quoted', async (sql, condition) => {
  const read = rowsOf(await database.open(), { sql, identifier: 'id', fields: fields('field') });
  const error = await read.catch((failure: unknown) => failure);
  expect(error).toMatchObject({
    code: 'SourceEndedQuery',
    category: 'data',
    message: `Source warehouse ended the query: ${condition}.`,
  });
  expect(JSON.stringify(error)).not.toContain('secret');
});

test('a condition that has no name here is told by its SQLSTATE alone', () => {
  const error = Object.assign(new Error('value secret@shop.test is not good'), { code: 'P0099' });
  expect(asSourceError(error, 'warehouse', 'db:5432/shop', 'reading rows')).toMatchObject({
    code: 'SourceEndedQuery',
    message: 'Source warehouse ended the query: SQLSTATE P0099.',
  });
});

test.each([
  ['53400', 'SourceEndedQuery', 'temp_file_limit'],
  ['40001', 'SourceInterrupted', 'conflict with recovery'],
  ['53300', 'SourceUnreachable', 'cannot be reached'],
  ['57P03', 'SourceUnreachable', 'cannot be reached'],
  ['08006', 'SourceUnreachable', 'cannot be reached'],
])('SQLSTATE %s is told as %s', (code, told, text) => {
  const error = Object.assign(new Error('the text of the server'), { code });
  expect(asSourceError(error, 'warehouse', 'db:5432/shop', 'reading rows')).toMatchObject({
    code: told,
    message: expect.stringContaining(text) as string,
  });
});

/** Which of an activation's definitions has to be mended, and what kind of trouble it is. */
function blame(error: unknown): string {
  const known = asSourceError(error, 'warehouse', 'db:5432/shop', 'reading rows');
  if (!(known instanceof OutflowError)) throw error;
  const { culprit, category } = known.report();
  return `${culprit ?? 'nobody'}, ${category}`;
}

test.each([
  ['28P01', 'source, access'],
  ['3D000', 'source, not_found'],
  ['08006', 'source, connection'],
  ['57P01', 'source, connection'],
  ['42601', 'segment, configuration'],
  ['0A000', 'segment, configuration'],
  ['42501', 'segment, access'],
  ['42P01', 'segment, not_found'],
  ['42703', 'segment, not_found'],
  ['42883', 'segment, not_found'],
  ['3F000', 'segment, not_found'],
  ['57014', 'nobody, time_out'],
  ['53400', 'nobody, data'],
  ['53200', 'nobody, data'],
  ['22P02', 'nobody, data'],
  ['25P02', 'nobody, data'],
  ['40001', 'nobody, data'],
])('of SQLSTATE %s the trouble is told as: %s', (code, told) => {
  expect(blame(Object.assign(new Error('the text of the server'), { code }))).toBe(told);
});

test('what is no failure of the source stays what it is', () => {
  const fault = new TypeError('x is not a function');
  expect(asSourceError(fault, 'warehouse', 'db:5432/shop', 'reading rows')).toBe(fault);
});

test.each(['08006', '28000', '3F000', '42601', '42703', '42P01', '42501', '0A000', '53200', '57P01', '22023', 'P0001'])(
  'once rows are read no text of the server is told, since it may quote them: SQLSTATE %s',
  async (code) => {
    await database.owner.query(`create or replace function shout(text) returns text language plpgsql as $$
      begin raise exception using errcode = '${code}', message = 'no ' || $1, detail = $1, hint = $1; end $$`);
    const sql = `select 'a' as id, shout('secret-' || n) as field from generate_series(1, 2) n`;
    const read = rowsOf(await database.open(), { sql, identifier: 'id', fields: fields('field') });
    const error = (await read.catch((failure: unknown) => failure)) as OutflowError;
    expect(error).toBeInstanceOf(OutflowError);
    expect(`${error.message} ${error.remedy}`).not.toContain('secret');
    expect(error.message).toContain(`SQLSTATE ${code}`);
  },
);

test('a malformed note of one customer is not told', async () => {
  const sql = `select 'a' as id, to_tsquery(note)::text as note from (values ('secret word')) v(note)`;
  const read = rowsOf(await database.open(), { sql, identifier: 'id', fields: fields('note') });
  await expect(read).rejects.toMatchObject({
    message: expect.stringMatching(/SQLSTATE 42601 \(syntax_error\)\.$/) as string,
  });
});

test.each([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is not trusted', 'sslrootcert'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its certificate is not trusted', 'sslrootcert'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its certificate is not trusted', 'sslrootcert'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'its certificate is not trusted', 'sslrootcert'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired', 'Renew'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another host', 'host'],
  ['ERR_OSSL_PEM_NO_START_LINE', 'TLS fails (ERR_OSSL_PEM_NO_START_LINE)', 'sslcert'],
])('TLS that ends in %s is told by its cause, with what helps', (code, cause, remedy) => {
  const error = Object.assign(new Error('what OpenSSL says'), { code });
  expect(asConnectError(error, 'warehouse', 'db:5432/shop')).toMatchObject({
    code: 'SourceUnreachable',
    message: `Source warehouse cannot be reached at db:5432/shop: ${cause}.`,
    remedy: expect.stringContaining(remedy) as string,
  });
});

test('a server without TLS is told so where the URL asks for it', async () => {
  const server = createServer((socket) => socket.on('data', () => socket.write('N'))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const opening = openSource('warehouse', `postgres://u:secret@127.0.0.1:${port}/shop?sslmode=require`);
  await expect(opening).rejects.toMatchObject({
    code: 'SourceUnreachable',
    message: `Source warehouse cannot be reached at 127.0.0.1:${port}/shop: it offers no TLS, which the URL asks for.`,
  });
  server.close();
});
