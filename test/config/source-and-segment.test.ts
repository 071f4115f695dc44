import { expect, test } from 'vitest';
import { faultsOf, parsed, written } from './written.js';

const source = (url: string) => written({ source: `{ type: postgres, url: "${url}" }` });

test.each([
  '${WAREHOUSE_URL}',
  'postgres://me@db/shop',
  'postgresql://me:${PASSWORD}@${HOST}:${PORT}/${DATABASE}?sslmode=require',
  'postgres://${USER}:${PASSWORD}@db/shop?password=${OTHER}',
])('a source may have the URL %s', (url) => {
  expect(parsed(source(url)).sources.warehouse?.settings).toEqual({ url });
});

test.each([
  'postgres://me:hunter2@db/shop',
  'postgres://me:hunter2${REST}@db/shop',
  'postgres://me:12/hunter2@db/shop',
  'postgres://db/shop?user=me&password=hunter2',
  'postgres://db/shop?sslpassword=hunter2',
])('the password in %s is refused and not printed', (url) => {
  const fault = faultsOf(source(url));
  expect(fault).toContain(
    'outflow.yaml:2 sources.warehouse.url: holds a password in clear. Write "${WAREHOUSE_URL}", or postgres://user:${WAREHOUSE_PASSWORD}@host:5432/database.',
  );
  expect(fault).not.toContain('hunter2');
});

test.each(['mysql://db/shop', '$WAREHOUSE_URL', 'db:5432/shop', 'postgres://db:port/shop', ''])(
  '%s is no URL of a source',
  (url) => {
    expect(faultsOf(source(url))).toContain('sources.warehouse.url: must be the URL of a PostgreSQL database.');
  },
);

test('semicolons and space at the end of a query are taken off', () => {
  const sql = parsed(written({ segment: '{ source: warehouse, sql: "select 1;\\n ;\\n" }' })).segments.loyal?.sql;
  expect(sql).toBe('select 1');
});

test('a query keeps its own semicolons, line breaks and ${...}', () => {
  const text = "select ';' as a,\n'${x}' as b";
  const segment = `{ source: warehouse, sql: ${JSON.stringify(text)} }`;
  expect(parsed(written({ segment })).segments.loyal?.sql).toBe(text);
});

test('an empty query is refused', () => {
  expect(faultsOf(written({ segment: '{ source: warehouse, sql: " ; " }' }))).toMatchInlineSnapshot(`
    "outflow.yaml has 1 fault:
    outflow.yaml:4 segments.loyal.sql: must be a query. Write sql: select email, first_name from customers."
  `);
  expect(faultsOf(written({ segment: '{ source: warehouse }' }))).toMatchInlineSnapshot(`
    "outflow.yaml has 1 fault:
    outflow.yaml:4 segments.loyal.sql: is missing. Write sql: select email, first_name from customers."
  `);
});
