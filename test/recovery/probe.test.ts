import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Culprit } from '../../src/activation/culprit.js';
import type { Definitions } from '../../src/activation/definitions.js';
import type { Environment } from '../../src/config/environment.js';
import { type BatchStandIn, startBatchStandIn } from '../../src/dev/stand-ins/batch-mep/server.js';
import { probe } from '../../src/recovery/probe.js';
import { definitionsOf } from '../engine/engine-fixture.js';
import { sourceDatabase, type SourceDatabase, withRole } from '../sources/postgres/source-database.js';

let database: SourceDatabase;
let batch: BatchStandIn;
let definitions: Definitions;
let environment: Environment;

beforeAll(async () => {
  database = await sourceDatabase();
  await database.owner.query(`create table customers (email text, first_name text);
    insert into customers values ('ann@shop.test', 'Ann')`);
  batch = await startBatchStandIn({ restKey: 'rest', apps: { IOS: {}, ANDROID: {} } });
});
afterAll(() => Promise.all([database.drop(), batch.close()]));

beforeEach(() => {
  definitions = definitionsOf('loyalty');
  definitions.segments['everybody']!.sql = 'select email, first_name as tier from customers';
  definitions.destinations['app']!.settings['url'] = batch.url;
  environment = {
    values: new Map(
      Object.entries({ WAREHOUSE_URL: database.url, REST_KEY: 'rest', IOS_KEY: 'IOS', ANDROID_KEY: 'ANDROID' }),
    ),
    lookedIn: 'the environment',
  };
  batch.setFaults({});
});

const source: Culprit = { kind: 'source', name: 'warehouse' };
const segment: Culprit = { kind: 'segment', name: 'everybody' };
const mapping: Culprit = { kind: 'activation', name: 'loyalty' };
const destination: Culprit = { kind: 'destination', name: 'app' };

function probed(culprit: Culprit): Promise<void> {
  return probe(culprit, ['loyalty'], definitions, environment);
}

function set(variable: string, value: string): void {
  environment = { ...environment, values: new Map([...environment.values, [variable, value]]) };
}

test.each([source, segment, mapping, destination])('a $kind without fault answers', async (culprit) => {
  await expect(probed(culprit)).resolves.toBeUndefined();
});

test('a source that refuses the login does not answer', async () => {
  const url = new URL(database.url);
  url.password = 'mistake';
  set('WAREHOUSE_URL', url.href);
  await expect(probed(source)).rejects.toMatchObject({ code: 'SourceRejectedLogin' });
});

test('a variable that the worker does not have any more is no answer', async () => {
  environment = { ...environment, values: new Map() };
  await expect(probed(source)).rejects.toMatchObject({ code: 'SecretMissing' });
  await expect(probed(destination)).rejects.toMatchObject({ code: 'SecretMissing' });
});

test('a source that lets us in and refuses the query answers: the segment is to blame', async () => {
  definitions.segments['everybody']!.sql = 'select mail from customers';
  await expect(probed(source)).resolves.toBeUndefined();
  await expect(probed(segment)).rejects.toMatchObject({ code: 'SourceRejectedQuery' });
});

test('a segment on a table that may not be read does not answer', async () => {
  await withRole(database, '', async ({ url }) => {
    set('WAREHOUSE_URL', url);
    await expect(probed(segment)).rejects.toMatchObject({ code: 'SourceRejectedQuery', category: 'access' });
  });
});

test('a mapping that does not fit is no answer', async () => {
  definitions.segments['everybody']!.sql = 'select email from customers';
  await expect(probed(mapping)).rejects.toMatchObject({ code: 'SegmentInvalid' });
});

test('a probe reads no row of a segment', async () => {
  await database.owner.query(`create function fails(text) returns text language plpgsql volatile as
    $$ begin raise 'read'; end $$`);
  definitions.segments['everybody']!.sql = 'select email, fails(email) as tier from customers';
  for (const culprit of [source, segment, mapping]) await expect(probed(culprit)).resolves.toBeUndefined();
});

test('a source that lets us in and then says nothing does not keep the probe waiting', async () => {
  await database.owner.query('begin; lock table customers in access exclusive mode');
  try {
    await expect(probed(source)).rejects.toMatchObject({ code: 'SourceUnreachable' });
  } finally {
    await database.owner.query('rollback');
  }
});

test.each([
  [401, 'DestinationUnauthorized', 'access'],
  [403, 'DestinationUnauthorized', 'access'],
  [404, 'DestinationUnauthorized', 'not_found'],
  [429, 'DestinationUnavailable', 'rate_limit'],
  [503, 'DestinationUnavailable', 'connection'],
] as const)('a Batch that answers %i has not recovered', async (code, told, category) => {
  batch.setFaults({ status: { code }, apiKey: 'ANDROID' });
  await expect(probed(destination)).rejects.toMatchObject({ code: told, category });
});
