import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, onTestFinished, test } from 'vitest';
import type { ActivationParts } from '../../src/activation/activation-parts.js';
import type { Dependencies } from '../../src/activities/dependencies.js';
import { withSourceOf } from '../../src/activities/with-source.js';
import { KeptSources } from '../../src/sources/kept-sources.js';
import type { PostgresSession } from '../../src/sources/postgres/connections.js';
import type { Source } from '../../src/sources/postgres/source.js';
import { identifiersOf, sourceDatabase } from '../sources/postgres/source-database.js';

test('a cancellation ends the connection in the middle of a statement, and the next run has another one', async () => {
  const database = await sourceDatabase();
  const sources = new KeptSources();
  onTestFinished(async () => {
    await sources.end();
    await database.drop();
  });
  const environment = { values: new Map([['SOURCE_URL', database.url]]), lookedIn: 'the test' };
  const deps = { environment, sources } as Partial<Dependencies> as Dependencies;
  const source = { name: 'warehouse', type: 'postgres', settings: { url: '${SOURCE_URL}' }, concurrentReads: 4 };
  const parts = { source } as Partial<ActivationParts> as ActivationParts;
  const step = <T>(of: MockActivityEnvironment, work: (source: Source) => Promise<T>): Promise<T> =>
    of.run(() => withSourceOf(parts, deps, (session) => work((session as PostgresSession).connection)));
  const session = async ({ client }: Source): Promise<unknown> =>
    (await client.query('select pg_backend_pid() as pid')).rows[0];

  const kept = await step(new MockActivityEnvironment(), session);
  const cancelled = new MockActivityEnvironment();
  const reading = step(cancelled, async (source) => {
    expect(await session(source)).toEqual(kept);
    setTimeout(() => cancelled.cancel(), 100);
    await identifiersOf(source, 'select pg_sleep(600)::text as id');
  });
  await expect(reading).rejects.toMatchObject({ code: 'SourceUnreachable' });
  expect(await step(new MockActivityEnvironment(), session)).not.toEqual(kept);
});
