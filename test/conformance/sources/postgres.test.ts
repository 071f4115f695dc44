import { postgres } from '../../../src/sources/postgres/index.js';
import type { PostgresSession } from '../../../src/sources/postgres/connections.js';
import { breakConnection, sourceDatabase } from '../../sources/postgres/source-database.js';
import { describeSource } from './describe-source.js';

describeSource({
  type: postgres,
  async start() {
    const database = await sourceDatabase();
    return {
      settings: { url: database.url },
      async execute(sql) {
        await database.owner.query(sql);
      },
      async isAtWorkOn(mark) {
        const { rowCount } = await database.owner.query(
          `select from pg_stat_activity where state = 'active' and position($1 in query) > 0 and pid <> pg_backend_pid()`,
          [mark],
        );
        return rowCount === 1;
      },
      breakConnection: async (session) => {
        breakConnection((session as PostgresSession).connection);
        return Promise.resolve();
      },
      drop: () => database.drop(),
    };
  },
  unusableSettings: [
    { url: 'postgres://me:hunter2@' },
    { url: 'postgres://me:hunter/2@db.example/shop'.replace('hunter/2', 'a/hunter2') },
    { url: 'postgres://me:hunter2@127.0.0.1:1/shop' },
    { url: 'postgres://me:hunter2@127.0.0.1:1/shop?sslmode=hunter2' },
  ],
  values: [
    { sql: `'gold'::text`, kind: 'text', text: 'gold' },
    { sql: `'gold'::varchar(10)`, kind: 'text', text: 'gold' },
    { sql: `'gold'::char(10)`, kind: 'text', text: 'gold' },
    { sql: `'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid`, kind: 'text', text: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' },
    { sql: `7`, kind: 'number', text: '7' },
    { sql: `9223372036854775807`, kind: 'number', text: '9223372036854775807' },
    { sql: `1.50::numeric(10,2)`, kind: 'number', text: '1.50' },
    { sql: `0.1::float8 + 0.2::float8`, kind: 'number', text: '0.30000000000000004' },
    { sql: `'NaN'::real`, kind: 'number', text: 'NaN' },
    { sql: `true`, kind: 'boolean', text: 't' },
    { sql: `date '0099-01-05'`, kind: 'date', text: '0099-01-05' },
    { sql: `timestamp '2026-01-31 23:59:59.25'`, kind: 'timestamp', text: '2026-01-31 23:59:59.25' },
    { sql: `timestamptz '2026-01-31 23:59:59+01'`, kind: 'timestamp', text: '2026-01-31 22:59:59+00' },
    { sql: `array['gold', 'has a, comma', null]`, kind: 'list', text: '{gold,"has a, comma",NULL}' },
    { sql: `'{"key": [1, null]}'::jsonb`, kind: 'json', text: '{"key": [1, null]}' },
  ],
  unsendable: [`null::bytea`, `null::interval`, `null::money`, `null::integer[]`, `null::point`, `null::time`],
  manyRows: (rows) => `select 'key-' || n as id, repeat('x', 1000) as filler from generate_series(1, ${rows}) n`,
  slow: (mark) => `select pg_sleep(300)::text || '${mark}' as id`,
  failing: `select 'a' as id, cast(value as integer) as value from (values ('1'), ('secret-value')) v(value)`,
  literal: (text) => `e'${text.replace(/[\\']/g, '\\$&').replaceAll('\b', '\\b')}'`,
});
