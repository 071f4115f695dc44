import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import proto from '@temporalio/proto';
import { beforeAll, expect, test } from 'vitest';
import { engineId } from '../../src/engine/database/database.js';
import { openIncidents } from '../../src/engine/incidents/incidents.js';
import { wakeRecovery } from '../../src/temporal/recovery-workflow.js';
import { formsOf, holdsAnyForm } from './support/forms-of.js';
import { planted } from './support/planted.js';
import { passwords, startWatchedScenario } from './support/start-watched-scenario.js';

const { History } = proto.temporal.api.history.v1;
const watched = await startWatchedScenario();
const { scenario, folder, dist, environment } = watched;
const { source, engine, client, destination } = scenario;

/** What is in the contacts, each in one kind of place. The source itself tells the last one in the error of a query. */
const inContacts = {
  identifier: 'plantedpear',
  attribute: 'plantedplum',
  invalid: 'plantedpeach',
  invalidIdentifier: 'plantedquince',
  inSourceError: 'plantedcherry',
};
/** A worker that has the source compute checksums, too. */
const asking = { OUTFLOW_CHECKSUM: 'always' };
const secrets = [planted.restKey, planted.iosKey, planted.androidKey, ...Object.values(passwords)];
const outputs = new Map<string, Buffer>();
const people = 40;

/** A command, as a user types it, with all that it says kept for the search. */
async function outflow(...args: string[]): Promise<string> {
  const said = await new Promise<string>((resolve) => {
    const env = { PATH: process.env['PATH'], HOME: folder, ...environment };
    execFile(process.execPath, [join(dist, 'cli', 'main.js'), ...args], { cwd: folder, env }, (_, stdout, stderr) => {
      resolve(stdout + stderr);
    });
  });
  outputs.set(`outflow ${args.join(' ')}`, Buffer.from(said));
  return said;
}

beforeAll(async () => {
  await source.query(`
    create table citrus (email text, tier text, score text);
    insert into citrus select '${inContacts.identifier}-' || i || '@shop.example', '${inContacts.attribute} ' || i, i::text
    from generate_series(1, ${people}) i;
    insert into citrus values
      (null, '${inContacts.attribute}', '1'),
      ('${inContacts.invalidIdentifier}-1@shop.example', 'twice', '1'), ('${inContacts.invalidIdentifier}-1@shop.example', 'twice', '1'),
      ('${inContacts.invalidIdentifier.repeat(100)}', 'long', '1'),
      ('${inContacts.identifier}-x@shop.example', '${inContacts.invalid.repeat(10)}', '1');
    create table broken as select '${inContacts.identifier}-1@shop.example' as email, '${inContacts.inSourceError}' as score`);
  await scenario.define({
    citrus: { attributes: ['tier', 'score'], guards: { changedPercent: 50 } },
    broken: { attributes: ['score'], sql: 'select email, score::int as score from broken', destination: {} },
    locked: {
      attributes: ['tier'],
      sql: 'select * from citrus',
      sourceVariable: 'WRONG_PASSWORD_URL',
      destination: {},
    },
    mapped: { attributes: ['tier', 'missing'], sql: 'select * from citrus', destination: {} },
    keyed: { attributes: ['tier'], sql: 'select * from citrus', destination: {} },
  });
  await writeFile(
    join(folder, 'outflow.yaml'),
    `sources: { warehouse: { type: postgres, url: '\${SOURCE_URL}' } }
segments:
  citrus: { source: warehouse, sql: 'select email, tier, score from citrus' }
  broken: { source: warehouse, sql: 'select email, score::int as score from broken' }
destinations:
  app: { type: batch-mep, restKey: '\${REST_KEY}', apiKeys: { ios: '\${IOS_KEY}' }, url: '\${BATCH_URL}' }
activations:
  citrus: { segment: citrus, destination: app, identifier: email, attributes: [tier, score] }
  broken: { segment: broken, destination: app, identifier: email, attributes: [score], sharedAttributes: true }
`,
  );
  await scenario.startWorker(asking);
});

test('what fails says nothing of contacts and secrets, whatever it is and however much is logged', async () => {
  destination.fail({ poisonedIds: [`${inContacts.identifier}-7@shop.example`] });
  expect(await scenario.run('citrus')).toMatchObject({
    outcome: 'completed_with_warnings',
    counts: { rejected: 1, invalid: 4 },
  });

  // Many changes are held, and approved; Batch does not answer at first; the worker is killed with a call on the wire.
  await source.query(`update citrus set tier = replace(tier, ' ', '-'), score = score || '0'`);
  const held = await scenario.start({ activation: 'citrus' });
  await expect.poll(() => outflow('status')).toContain('held');
  destination.fail({ status: { code: 500, next: 1, retryAfter: 1 }, hold: { next: 1 } });
  await outflow('approve', 'citrus', '--yes');
  await expect.poll(() => destination.heldCalls()).toBe(1);
  await scenario.workers[0]!.kill();
  destination.fail();
  await destination.release();
  await scenario.startWorker(asking);
  expect(await scenario.resultOf(held)).toMatchObject({ outcome: 'completed_with_warnings' });
  expect(await scenario.stored('select from outflow.snapshot where checksum is not null')).not.toEqual([]);

  await source.query(`update citrus set score = score || '1' where score like '1%'`);
  destination.fail({ refusedKeys: ['u.score'] });
  expect(await scenario.run('citrus')).toMatchObject({ error: { code: 'DestinationRejected' } });
  destination.fail({ status: { code: 401 } });
  expect(await scenario.run('keyed')).toMatchObject({ error: { code: 'DestinationUnauthorized' } });
  destination.fail();
  expect(await scenario.run('broken')).toMatchObject({ error: { code: 'SourceEndedQuery' } });
  expect(await scenario.run('locked')).toMatchObject({ error: { code: 'SourceRejectedLogin' } });
  expect(await scenario.run('mapped')).toMatchObject({ outcome: 'failed' });
  const owner = await engineId(engine);
  for (const incident of await openIncidents(engine.db)) await wakeRecovery(client, owner, incident);
  await expect.poll(async () => (await openIncidents(engine.db)).map(({ probes }) => probes)).not.toContain(0);

  for (const args of [['status'], ['status', '--json'], ['runs'], ['runs', '--json'], ['rejections', 'citrus']]) {
    await outflow(...args);
  }
  for (const args of [
    ['rejections', 'citrus', '--json'],
    ['rejections', 'citrus', '--csv'],
    ['check'],
    ['check', '--json'],
  ]) {
    await outflow(...args);
  }
  await scenario.workers.at(-1)!.stop();

  const places = await allPlaces();
  const leaks = [...places.everywhere].flatMap(([place, bytes]) =>
    [...Object.values(inContacts), ...secrets]
      .filter((text) => holdsAnyForm(bytes, formsOf(text)))
      .map((text) => `${text} in ${place}`),
  );
  expect(leaks).toEqual([]);
  // Its own error of a query quotes the value that it could not convert.
  const { inSourceError, ...untold } = inContacts;
  expect(holdsAnyForm(places.source, formsOf(inSourceError))).toBe(true);
  const found = [...Object.values(untold), ...secrets].filter((text) => holdsAnyForm(places.source, formsOf(text)));
  expect(found).toEqual([]);
});

test('the search finds what is there', async () => {
  const { source: log, everywhere } = await allPlaces();
  const holdsName = (bytes: Buffer) => holdsAnyForm(bytes, formsOf('citrus'));
  expect(holdsName(log)).toBe(true);
  const named = [...everywhere].filter(([, bytes]) => holdsName(bytes)).map(([place]) => place);
  expect(named).toEqual(
    expect.arrayContaining(['log of the engine', 'temporal.db', 'outflow status', 'outflow check']),
  );
  expect(named).toContainEqual(expect.stringMatching(/^history of run-/));
  for (const worker of scenario.workers) expect(worker.output()).toContain('"level":"debug"');

  const word = formsOf(inContacts.attribute);
  for (const before of ['', 'a', 'ab']) {
    const text = `${before}${inContacts.attribute} 1`;
    expect(holdsAnyForm(Buffer.from(Buffer.from(text).toString('base64')), word)).toBe(true);
    expect(holdsAnyForm(Buffer.from(Buffer.from(text).toString('hex').toUpperCase()), word)).toBe(true);
  }
});

/** Everything that anything was written to, but the source's log. */
async function allPlaces(): Promise<{ source: Buffer; everywhere: Map<string, Buffer> }> {
  const { source: sourceLog, others } = await watched.records();
  const everywhere = new Map([...others, ...outputs]);
  scenario.workers.forEach((worker, i) => everywhere.set(`log of worker ${i + 1}`, Buffer.from(worker.output())));
  for await (const { workflowId, runId } of client.workflow.list()) {
    const history = History.fromObject(await client.workflow.getHandle(workflowId, runId).fetchHistory());
    everywhere.set(
      `history of ${workflowId}`,
      Buffer.from(JSON.stringify(History.toObject(history, { bytes: String }))),
    );
  }
  return { source: sourceLog, everywhere };
}
