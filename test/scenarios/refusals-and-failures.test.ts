import { beforeAll, beforeEach, expect, test } from 'vitest';
import { resumeActivation } from '../../src/engine/definitions/activations.js';
import { listRejections, retryRejections } from '../../src/engine/runs/rejections.js';
import { counts } from './support/counts.js';
import { email, planted } from './support/planted.js';
import { startScenario } from './support/start-scenario.js';

const scenario = await startScenario();
const { source, destination, engine } = scenario;

const inStep = `select email, tier as "u.tier", visits as "u.visits" from loyalty`;

beforeAll(async () => {
  await source.query('create table loyalty (email text, tier text, visits int)');
  await scenario.define({ loyalty: { attributes: ['tier', 'visits'] } });
  await scenario.startWorker();
});

/** A segment of 40 contacts that were sent as they are. */
beforeEach(async () => {
  destination.fail();
  await source.query(`truncate loyalty; insert into loyalty
    select to_char(i, 'FM0000') || '@planted.example', 'planted', 1 from generate_series(1, 40) i`);
  expect((await scenario.run('loyalty')).outcome).toBe('completed');
});

async function activationId(): Promise<number> {
  const [row] = await scenario.stored(`select activation_id from outflow.activation where name = 'loyalty'`);
  return Number(row!['activation_id']);
}

async function rejections(): Promise<string[]> {
  const rows = await listRejections(engine, await activationId(), 100);
  return rows.map(({ identifier, target, code }) => `${identifier} at ${target}: ${code}`);
}

test('contacts that Batch refuses are isolated: all others are sent, and they are sent again until they are accepted', async () => {
  await source.query('update loyalty set visits = 2');
  destination.fail({ poisonedIds: [email(5), email(22), email(23)] });
  expect(await scenario.run('loyalty')).toMatchObject({
    outcome: 'completed_with_warnings',
    counts: counts({ read: 40, changed: 40, accepted: 37, rejected: 3 }),
    attributesSent: 37,
  });
  const refused = [5, 22, 23].flatMap((n) => [email(n)]);
  expect(await rejections()).toEqual(
    refused.flatMap((id) => ['android', 'ios'].map((app) => `${id} at ${app}: MALFORMED_PARAMETER 31`)),
  );
  expect(await scenario.notInStep(inStep)).toEqual(
    ['ios', 'android'].flatMap((app) => refused.map((id) => `${id} at ${app}`)),
  );

  destination.fail({ poisonedIds: [email(22)] });
  const sent = await destination.sentDuring(async () =>
    expect(await scenario.run('loyalty')).toMatchObject({
      outcome: 'completed_with_warnings',
      counts: counts({ read: 40, unchanged: 37, changed: 3, accepted: 2, rejected: 1 }),
      attributesSent: 2,
    }),
  );
  expect(new Set(sent.ios.map(({ id }) => id))).toEqual(new Set(refused));
  expect(await rejections()).toEqual(
    [22].flatMap((n) => ['android', 'ios'].map((app) => `${email(n)} at ${app}: MALFORMED_PARAMETER 31`)),
  );

  destination.fail();
  expect(await retryRejections(engine, await activationId())).toBe(1);
  expect(await scenario.run('loyalty')).toMatchObject({
    outcome: 'completed',
    counts: counts({ read: 40, unchanged: 39, changed: 1, accepted: 1 }),
  });
  expect(await rejections()).toEqual([]);
  expect(await scenario.notInStep(inStep)).toEqual([]);
  expect(await scenario.run('loyalty')).toMatchObject({ counts: counts({ read: 40, unchanged: 40 }), requests: 0 });
});

test('a contact that Batch goes on refusing costs requests only when it is due or has changed', async () => {
  const poisoned = email(7);
  const setVisits = (visits: number) =>
    source.query(`update loyalty set visits = ${visits} where email = '${poisoned}'`);
  destination.fail({ poisonedIds: [poisoned] });
  await source.query('update loyalty set visits = 2');
  const split = await scenario.run('loyalty');
  expect(split).toMatchObject({ counts: counts({ read: 40, changed: 40, accepted: 39, rejected: 1 }) });
  const again = { read: 40, unchanged: 39, changed: 1, rejected: 1 };
  expect(await scenario.run('loyalty')).toMatchObject({ counts: counts(again) });

  await source.query(`update loyalty set visits = 3 where email <> '${poisoned}'`);
  const spared = await scenario.run('loyalty');
  expect(spared).toMatchObject({
    outcome: 'completed_with_warnings',
    counts: counts({ read: 40, changed: 39, accepted: 39, deferred: 1 }),
  });
  expect(split.requests, 'no call of it is refused').toBeGreaterThan(spared.requests);
  expect(await scenario.run('loyalty')).toMatchObject({
    outcome: 'completed_with_warnings',
    counts: counts({ read: 40, unchanged: 39, deferred: 1 }),
    requests: 0,
  });
  expect(await scenario.notInStep(inStep)).toEqual([`${poisoned} at ios`, `${poisoned} at android`]);

  await setVisits(4);
  expect(await scenario.run('loyalty'), 'it has changed').toMatchObject({ counts: counts(again) });
  await setVisits(2);
  expect(await scenario.run('loyalty'), 'and changed back').toMatchObject({ counts: counts(again) });
  destination.fail();
  await setVisits(3);
  expect(await scenario.run('loyalty')).toMatchObject({
    outcome: 'completed',
    counts: counts({ read: 40, unchanged: 39, changed: 1, accepted: 1 }),
  });
  expect(await rejections()).toEqual([]);
  expect(await scenario.notInStep(inStep)).toEqual([]);
});

test('a refused contact that goes back to what it was is sent again all the same', async () => {
  await source.query(`update loyalty set visits = 2 where email = '${email(9)}'`);
  destination.fail({ poisonedIds: [email(9)] }, 'ios'); // android has 2 now
  expect(await scenario.run('loyalty')).toMatchObject({ counts: { changed: 1, accepted: 0, rejected: 1 } });
  expect(await rejections()).toEqual([`${email(9)} at ios: MALFORMED_PARAMETER 31`]);
  await source.query(`update loyalty set visits = 1 where email = '${email(9)}'`);
  destination.fail();
  expect(await scenario.run('loyalty')).toMatchObject({
    outcome: 'completed',
    counts: counts({ read: 40, unchanged: 39, changed: 1, accepted: 1 }),
  });
  expect(await scenario.notInStep(inStep)).toEqual([]);
  expect(await rejections()).toEqual([]);
});

test('a refused contact that leaves the segment is no longer listed, and one that returns is new', async () => {
  await source.query(`insert into loyalty values ('new${email(1)}', 'planted', 1)`);
  destination.fail({ poisonedIds: [`new${email(1)}`] });
  expect(await scenario.run('loyalty')).toMatchObject({ counts: { new: 1, rejected: 1, gone: 0 } });
  await source.query(`delete from loyalty where email = 'new${email(1)}'`);
  expect(await scenario.run('loyalty')).toMatchObject({
    outcome: 'completed',
    counts: counts({ read: 40, unchanged: 40 }),
  });
  expect(await rejections()).toEqual([]);
});

test('an attribute that is refused of everybody fails the run, which names it, after a few requests', async () => {
  await source.query('update loyalty set visits = 3');
  destination.fail({ refusedKeys: ['u.visits'] });
  const result = await scenario.run('loyalty');
  expect(result).toMatchObject({ outcome: 'failed', error: { code: 'DestinationRejected' } });
  expect(result.error?.message).toContain('All of them carry the attribute visits.');
  expect(result.counts).toMatchObject({ changed: 40, accepted: 0 });
  expect(result.requests).toBeLessThan(30);
  destination.fail();
  expect(await scenario.run('loyalty')).toMatchObject({ outcome: 'completed', counts: { changed: 40, accepted: 40 } });
  expect(await scenario.notInStep(inStep)).toEqual([]);
});

test('a key that Batch refuses fails the run at once, naming the destination and the app, and pauses the activation', async () => {
  await source.query('update loyalty set visits = 4');
  destination.fail({ status: { code: 401 } }, 'android');
  const result = await scenario.run('loyalty');
  expect(result).toMatchObject({
    outcome: 'failed',
    error: {
      code: 'DestinationUnauthorized',
      message: 'Batch refuses the access of destination "app" for android: HTTP 401, AUTHENTICATION_INVALID 10.',
    },
  });
  destination.fail();
  expect(await scenario.run('loyalty')).toMatchObject({ outcome: 'skipped', error: { code: 'ActivationPaused' } });
  await resumeActivation(engine, 'loyalty');
  expect(await scenario.run('loyalty')).toMatchObject({ outcome: 'completed' });
  expect(await scenario.notInStep(inStep)).toEqual([]);
});

test('a run goes through errors, broken connections and lost answers of Batch, and resends to no app that has answered', async () => {
  await source.query('update loyalty set visits = 5');
  const isAndroid = ({ apiKey }: { apiKey: string | null }) => apiKey === planted.androidKey;
  const before = (await destination.requests()).length;
  destination.fail(
    { status: { code: 500, next: 1 }, drop: { when: 'before-answering', next: 1 }, loseAnswer: { next: 1 } },
    'android',
  );
  const result = await scenario.run('loyalty');
  expect(result).toMatchObject({
    outcome: 'completed',
    counts: counts({ read: 40, changed: 40, accepted: 40 }),
    attributesSent: 40,
    requests: 11,
  });
  const requests = (await destination.requests()).slice(before);
  expect(requests.filter(isAndroid)).toHaveLength(7);
  expect(requests.filter((request) => !isAndroid(request))).toHaveLength(4);
  expect(await scenario.notInStep(inStep)).toEqual([]);
});

test('a run keeps to the delay that Batch asks for when it has too many requests', async () => {
  await source.query('update loyalty set visits = 6');
  destination.fail({ rate: { capacity: 1, perSecond: 1, retryAfter: 1 } }, 'ios');
  const result = await scenario.run('loyalty');
  expect(result).toMatchObject({ outcome: 'completed', counts: { accepted: 40 } });
  expect(result.requests).toBeGreaterThan(8);
  expect(await scenario.notInStep(inStep)).toEqual([]);
});

test('what was applied although its answer was lost is sent again when its run is cancelled and the source goes back', async () => {
  await source.query(`update loyalty set visits = 7 where email = '${email(1)}'`);
  destination.fail({ loseAnswer: { next: 1 } }, 'ios');
  const run = await scenario.start({ activation: 'loyalty' });
  await expect.poll(async () => (await destination.contacts('ios')).get(email(1))?.['u.visits']).toBe(7);
  await run.cancel();
  expect(await scenario.resultOf(run)).toMatchObject({ outcome: 'cancelled', counts: { changed: 1, unsent: 1 } });
  await source.query(`update loyalty set visits = 1 where email = '${email(1)}'`);
  expect(await scenario.run('loyalty')).toMatchObject({ outcome: 'completed', counts: { changed: 1, accepted: 1 } });
  expect(await scenario.notInStep(inStep)).toEqual([]);
});

test('neither histories nor logs hold contact data or a secret', async () => {
  expect(await scenario.placesThatHold('planted')).toEqual([]);
  expect(await scenario.placesThatHold('loyalty')).not.toEqual([]);
});
