import { beforeAll, expect, test } from 'vitest';
import { approve } from '../../src/workflows/messages.js';
import { counts } from './support/counts.js';
import { email, planted } from './support/planted.js';
import { startScenario } from './support/start-scenario.js';
import type { ActivationSpec } from './support/scenario-definitions.js';

const scenario = await startScenario();
const { source, destination } = scenario;

const everybody = 25;

beforeAll(async () => {
  await source.query(`create table loyalty (email text, login text, tier text, visits int, website text)`);
  await source.query(`insert into loyalty select to_char(i, 'FM0000') || '@planted.example', 'planted-' || i, 'gold', i,
      case when i = 1 then 'planted ' || repeat('x', 100) else 'planted' end
    from generate_series(1, ${everybody}) i`);
  await scenario.startWorker();
});

let name = 'loyalty';
async function runWith(spec: ActivationSpec): Promise<ReturnType<typeof run>> {
  await scenario.define({ [name]: { sql: 'select * from loyalty', ...spec } });
  return run();
}

/** One run, with the keys that it has sent of each contact; the second run must find nothing more to do. */
async function run() {
  let result: Awaited<ReturnType<typeof scenario.run>> | undefined;
  const sent = await destination.sentDuring(async () => (result = await scenario.run(name)));
  expect(sent.android).toEqual(sent.ios);
  expect(await scenario.run(name)).toMatchObject({ mode: 'delta', counts: { unchanged: everybody }, requests: 0 });
  const keys = sent.ios.map(({ values }) => Object.keys(values).sort().join(' '));
  return { ...result!, contacts: keys.length, keys: [...new Set(keys)] };
}

test('an attribute that is added is sent for everybody, without the others', async () => {
  expect(await runWith({ attributes: ['tier'] })).toMatchObject({ contacts: everybody, keys: ['u.tier'] });
  expect(await runWith({ attributes: ['visits', 'tier'] })).toMatchObject({
    mode: 'delta',
    outcome: 'completed',
    counts: counts({ read: everybody, changed: everybody, accepted: everybody }),
    contacts: everybody,
    keys: ['u.visits'],
    attributesSent: everybody,
  });
});

test('an attribute that is removed sends nothing, and added again only what changed meanwhile', async () => {
  expect(await runWith({ attributes: ['tier'] })).toMatchObject({
    counts: counts({ read: everybody, unchanged: everybody }),
    requests: 0,
  });
  await source.query(`update loyalty set visits = visits + 1 where email = '${email(4)}'`);
  expect(await runWith({ attributes: ['tier', 'visits'] })).toMatchObject({ contacts: 1, keys: ['u.visits'] });
});

test('an attribute whose type or policy changes is sent again, without the others', async () => {
  expect(await runWith({ attributes: ['tier', { attribute: 'visits', type: 'string' }] })).toMatchObject({
    contacts: everybody,
    keys: ['u.visits'],
  });
  expect((await destination.contacts('ios')).get(email(7))).toMatchObject({ 'u.visits': '7' });

  expect(await runWith({ attributes: ['tier', 'website'] })).toMatchObject({
    outcome: 'completed_with_warnings',
    contacts: everybody - 1,
    keys: ['u.website'],
    counts: { invalidValues: 1 },
  });
  expect(await runWith({ attributes: ['tier', { attribute: 'website', onTooLong: 'truncate' }] })).toMatchObject({
    outcome: 'completed',
    contacts: everybody,
    keys: ['u.website'],
    counts: { invalidValues: 0 },
  });
  expect((await destination.contacts('ios')).get(email(1))?.['u.website']).toHaveLength(64);
});

test('a change of the query or of a field sends only what differs by it', async () => {
  await runWith({ attributes: ['tier', 'visits'] });
  expect(
    await runWith({
      sql: `select email, upper(tier) as level, tier, case when email < '0003' then visits + 1 else visits end as visits from loyalty`,
      attributes: ['tier', 'visits'],
    }),
  ).toMatchObject({ contacts: 2, keys: ['u.visits'] });
  expect(
    await runWith({
      sql: `select email, case when email < '0002' then 'silver' else tier end as level, visits from loyalty`,
      attributes: [{ attribute: 'tier', field: 'level' }, 'visits'],
    }),
  ).toMatchObject({ contacts: 2, keys: ['u.tier u.visits', 'u.visits'] });
});

test('an activation that is renamed by previousName sends nothing again, and keeps its runs', async () => {
  await runWith({ attributes: ['tier', 'visits'] });
  await scenario.define({
    loyalty: undefined,
    members: { sql: 'select * from loyalty', attributes: ['tier', 'visits'], previousName: 'loyalty' },
  });
  name = 'members';
  expect(await run()).toMatchObject({
    activation: 'members',
    counts: counts({ read: everybody, unchanged: everybody }),
    requests: 0,
  });
  const runs = await scenario.stored(`select count(distinct activation_id) as activations from outflow.run`);
  expect(runs).toEqual([{ activations: 1 }]);
});

test('another identifier makes the run a full one, held until it is approved: all contacts are other ones', async () => {
  await scenario.define({
    [name]: { sql: 'select * from loyalty', attributes: ['tier', 'visits'], identifier: 'login' },
  });
  const handle = await scenario.start({ activation: name });
  const held = async () =>
    (await scenario.stored(`select run_id from outflow.run where state = 'held'`))[0]?.['run_id'];
  await expect.poll(held).toEqual(expect.anything());
  expect((await destination.contacts('android')).has('planted-7')).toBe(false);
  await handle.signal(approve, { hold: `run-${String(await held())}` });
  expect(await scenario.resultOf(handle)).toMatchObject({
    mode: 'full',
    fullBecause: 'the identifier changed',
    outcome: 'completed',
    counts: counts({ read: everybody, new: everybody, gone: everybody, accepted: everybody }),
    hold: { guards: [{ guard: 'gone', concerned: everybody, of: everybody, limitPercent: 50 }] },
  });
  expect((await destination.contacts('android')).get('planted-7')).toEqual({ 'u.tier': 'gold', 'u.visits': 7 });
  expect(await scenario.run(name)).toMatchObject({ mode: 'delta', requests: 0 });
});

test('a full run that is asked for sends everything again', async () => {
  const sent = await destination.sentDuring(async () =>
    expect(await scenario.run(name, 'full')).toMatchObject({
      mode: 'full',
      fullBecause: 'requested',
      counts: counts({ read: everybody, changed: everybody, accepted: everybody }),
      attributesSent: 2 * everybody,
    }),
  );
  expect(sent.ios).toHaveLength(everybody);
  expect(await scenario.run(name)).toMatchObject({ mode: 'delta', requests: 0 });
});

test('an app whose key is replaced gets everything, by a full run', async () => {
  await scenario.workers.at(-1)!.stop();
  await scenario.startWorker({ IOS_KEY: planted.newIosKey });
  expect(await scenario.run(name)).toMatchObject({
    mode: 'full',
    fullBecause: 'target ios is new',
    outcome: 'completed',
    counts: counts({ read: everybody, changed: everybody, accepted: everybody }),
  });
  expect((await destination.contacts('newIos')).size).toBe(everybody);
  expect(await scenario.run(name)).toMatchObject({ mode: 'delta', requests: 0 });
});

test('a full run that is interrupted is finished by the next run', async () => {
  destination.fail({ hold: true });
  const full = await scenario.start({ activation: name, mode: 'full' });
  await expect.poll(() => destination.heldCalls()).toBe(2);
  await full.terminate();
  destination.fail(); // those two are never answered
  expect(await scenario.run(name)).toMatchObject({
    mode: 'delta',
    counts: counts({ read: everybody, changed: everybody, accepted: everybody }),
    attributesSent: 2 * everybody,
  });
  expect(await scenario.run(name)).toMatchObject({ requests: 0 });
});

test('neither histories nor logs hold contact data or a secret', async () => {
  expect(await scenario.placesThatHold('planted')).toEqual([]);
  expect(await scenario.placesThatHold('members')).not.toEqual([]);
});
