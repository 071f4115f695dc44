import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll } from 'vitest';
import { openEngine } from '../../../src/engine/database/database.js';
import { namespaceClient } from '../../support/namespace-client.js';
import { builtDist, freshDatabase, freshEngineDatabase, temporalAddress } from '../../support/stack.js';
import { Destination } from './destination.js';
import { planted } from './planted.js';
import { Scenario } from './scenario.js';

/** Ends with the test file. `address`: of a Temporal server, the one that all tests share if left out. */
export async function startScenario(address = temporalAddress()): Promise<Scenario> {
  const [sourceDatabase, engineDatabase, destination, dist, folder, client] = await Promise.all([
    freshDatabase(),
    freshEngineDatabase(),
    Destination.start(),
    builtDist(),
    mkdtemp(join(tmpdir(), 'outflow-test-')),
    namespaceClient(await address),
  ]);
  const source = new pg.Client({ connectionString: sourceDatabase.url });
  await source.connect();
  const reader = `reader_${randomUUID().replaceAll('-', '')}`;
  await source.query(`create role ${reader} login password '${planted.password}'`);
  await source.query(`alter default privileges grant select on tables to ${reader}`);
  const readerUrl = new URL(sourceDatabase.url);
  readerUrl.username = reader;
  readerUrl.password = planted.password;

  const engine = openEngine(engineDatabase.url, { applicationName: 'outflow test' });
  const { namespace } = client.options;
  const scenario = new Scenario({
    source,
    engine,
    client,
    destination,
    dist,
    folder,
    environment: {
      OUTFLOW_DATABASE_URL: engineDatabase.url,
      OUTFLOW_CHECKSUM: 'never', // unless a test says otherwise
      TEMPORAL_ADDRESS: await address,
      TEMPORAL_NAMESPACE: namespace,
      SOURCE_URL: readerUrl.href,
      WRONG_PASSWORD_URL: readerUrl.href.replace(planted.password, 'planted-mistake'),
      BATCH_URL: destination.url,
      REST_KEY: planted.restKey,
      IOS_KEY: planted.iosKey,
      ANDROID_KEY: planted.androidKey,
    },
  });
  afterAll(async () => {
    await Promise.all(scenario.workers.map((worker) => worker.kill()));
    await client.connection.close();
    await destination.close();
    await engine.end();
    await source.query(`drop owned by ${reader}; drop role ${reader}`);
    await source.end();
    await Promise.all([sourceDatabase.drop(), engineDatabase.drop(), rm(folder, { recursive: true })]);
  });
  return scenario;
}
