import { afterAll, beforeAll, expect, test } from 'vitest';
import { OutflowError } from '../../../src/activation/errors.js';
import { describeSegment } from '../../../src/sources/postgres/describe-segment.js';
import { planSegment } from '../../../src/sources/postgres/plan-segment.js';
import { beginReading } from '../../../src/sources/postgres/reading.js';
import { segmentChecksum } from '../../../src/sources/postgres/segment-checksum.js';
import type { Source } from '../../../src/sources/postgres/source.js';
import { breakConnection, rowsOf, sourceDatabase, type SourceDatabase } from './source-database.js';

let database: SourceDatabase;
beforeAll(async () => {
  database = await sourceDatabase();
  await database.owner.query('create table locked as select 1 as id');
  await database.owner.query('begin; lock table locked');
});
afterAll(async () => {
  await database.owner.query('rollback');
  await database.drop();
});

const sql = 'select id::text from locked';
const extract = { sql, identifier: 'id', fields: [] };

/** Whatever is asked of a source; each waits for the lock. */
const asked: Record<string, (source: Source) => Promise<unknown>> = {
  'its columns are asked for': (source) => describeSegment(source, { name: 'loyal', sql }),
  'its plan is asked for': (source) => planSegment(source, { name: 'loyal', sql }),
  'its checksum is asked for': async (source) => segmentChecksum(await beginReading(source), { ...extract, seed: 1n }),
  'its rows are read': (source) => rowsOf(source, extract),
};

/** Ends the connection once, and then in every other way. */
const ends: Record<string, (source: Source, pid: number) => Promise<unknown>> = {
  'the server ends it': async (_, pid) => database.owner.query('select pg_terminate_backend($1)', [pid]),
  'the network breaks it': async (source) => {
    breakConnection(source);
    return Promise.resolve();
  },
  'we end it': (source) => source.end(),
  'its deadline passes, and the server ends it then': async (_, pid) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return database.owner.query('select pg_terminate_backend($1)', [pid]);
  },
  'its deadline passes, and the network breaks it then': async (source) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    breakConnection(source);
  },
};

const both = Object.keys(asked).flatMap((what) => Object.keys(ends).map((how) => [what, how] as const));

// An event of the connection without a listener fails the whole file.
test.each(both)('while %s, %s: the failure is told, and nothing else comes of it', async (what, how) => {
  const source = await database.open(how.includes('deadline') ? `${database.url}?query_timeout=300` : database.url);
  const { rows } = await source.client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const failing = asked[what]!(source).catch((error: unknown) => error);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await ends[how]!(source, rows[0]!.pid);
  expect(await failing).toBeInstanceOf(OutflowError);
  await new Promise((resolve) => setTimeout(resolve, 50));
});
