import { expect, test } from 'vitest';

import { startClient, user, type StandInClient } from './stand-in-client.js';

const body = [user('ada', { 'u.city': 'Paris' })];
const received = { 'u.city': 'Paris' };

async function statuses(client: StandInClient, calls: number): Promise<number[]> {
  const answers = [];
  for (let call = 0; call < calls; call += 1) answers.push((await client.update('IOS', body)).status);
  return answers;
}

async function waitUntilHeld(client: StandInClient, calls: number): Promise<void> {
  await expect.poll(async () => (await client.inspect('GET', '/held')).body['held']).toBe(calls);
}

test.each([
  [401, 10, 'AUTHENTICATION_INVALID'],
  [403, 12, 'API_MISUSE'],
  [404, 20, 'ROUTE_NOT_FOUND'],
  [429, 60, 'TOO_MANY_REQUESTS'],
  [500, 1, 'SERVER_ERROR'],
  [503, 2, 'MAINTENANCE_ERROR'],
] as const)('a status switch answers %i to the next calls, before they are looked at', async (code, number, type) => {
  const client = await startClient();
  client.setFaults({ status: { code, next: 2 } });
  const unroutable = await client.call('POST', '/nowhere', 'no JSON', {});
  expect(unroutable).toMatchObject({ status: code, body: { code: number, type } });
  expect(unroutable.headers.get('retry-after')).toBeNull();
  expect(await statuses(client, 2)).toEqual([code, 202]);
});

test('a refusal can say when to come again', async () => {
  const client = await startClient({ faults: { status: { code: 429, retryAfter: 7 } } });
  expect((await client.update('IOS', body)).headers.get('retry-after')).toBe('7');
});

test('a probability refuses some calls, the same ones for the same seed', async () => {
  const client = await startClient();
  const draw = async (seed: number): Promise<number[]> => {
    client.setFaults({ status: { code: 500, probability: 0.5, seed } });
    return await statuses(client, 20);
  };
  const first = await draw(1);
  expect(first).toEqual(expect.arrayContaining([202, 500]));
  expect(await draw(1)).toEqual(first);
  expect(await draw(2)).not.toEqual(first);
});

test('faults can be limited to one API key', async () => {
  const client = await startClient({ faults: { apiKey: 'ANDROID', status: { code: 500 }, refusedKeys: ['u.city'] } });
  expect((await client.update('ANDROID', body)).status).toBe(500);
  expect((await client.update('IOS', body)).status).toBe(202);
});

test('answers can be late', async () => {
  const client = await startClient();
  const timed = async (): Promise<number> => {
    const startedAtMs = performance.now();
    await client.update('IOS', body);
    return performance.now() - startedAtMs;
  };
  client.setFaults({ latencyMs: 300 });
  expect(await timed()).toBeGreaterThan(290);
});

test.each(['before-reading', 'before-answering'] as const)('a connection dropped %s leaves nothing', async (when) => {
  const client = await startClient({ faults: { drop: { when, next: 1 } } });
  await expect(client.update('IOS', body)).rejects.toThrow('fetch failed');
  expect(await client.valuesOf('IOS', 'ada')).toEqual({});
  const [dropped] = await client.requests();
  expect(dropped).toMatchObject({ status: null, answer: 'dropped', users: 0 });
  expect(dropped?.bodySha256 === null).toBe(when === 'before-reading');
  expect((await client.update('IOS', body)).status).toBe(202);
});

test('an answer can be lost after the write was applied', async () => {
  const client = await startClient({ faults: { loseAnswer: { next: 1 } } });
  await expect(client.update('IOS', body)).rejects.toThrow('fetch failed');
  expect((await client.inspect('GET', '/contact?apiKey=IOS&id=ada')).body['values']).toEqual(received);
  expect((await client.inspect('GET', '/stats')).body['apps']).toMatchObject({
    IOS: { requests: { none: 1 }, usersAccepted: 1 },
  });
  expect((await client.requests())[0]).toMatchObject({ status: null, answer: 'lost', users: 1, attributes: 1 });
  expect((await client.update('IOS', body)).status).toBe(202);
});

test('a held answer waits for its release while its write is applied', async () => {
  const client = await startClient({ faults: { hold: true } });
  const answer = client.update('IOS', body);
  await waitUntilHeld(client, 1);
  expect(await client.valuesOf('IOS', 'ada')).toEqual(received);
  expect((await client.requests())[0]).toMatchObject({ status: null, answer: 'held', users: 1 });
  expect((await client.inspect('POST', '/release')).body).toEqual({ released: 1 });
  expect((await answer).status).toBe(202);
  expect((await client.requests())[0]).toMatchObject({ status: 202, answer: 'sent' });
});

test('a held write is applied at its release, over what came meanwhile', async () => {
  const client = await startClient({ faults: { hold: { next: 1, application: true } } });
  const answer = client.update('IOS', body);
  await waitUntilHeld(client, 1);
  await client.update('IOS', [user('ada', { 'u.city': 'Lyon' })]);
  expect(await client.valuesOf('IOS', 'ada')).toEqual({ 'u.city': 'Lyon' });
  await client.inspect('POST', '/release');
  expect((await answer).status).toBe(202);
  expect(await client.valuesOf('IOS', 'ada')).toEqual(received);
});

test('a held write is applied at its release although the client has gone', async () => {
  const client = await startClient({ faults: { hold: { application: true } } });
  const abort = new AbortController();
  const answer = fetch(`${client.url}/1.0/IOS/data/users`, {
    method: 'POST',
    headers: { 'X-Authorization': 'rest-key' },
    body: JSON.stringify(body),
    signal: abort.signal,
  });
  await waitUntilHeld(client, 1);
  abort.abort();
  await expect(answer).rejects.toThrow('aborted');
  await client.inspect('POST', '/release');
  await expect.poll(() => client.valuesOf('IOS', 'ada')).toEqual(received);
  expect((await client.requests())[0]).toMatchObject({ status: null, answer: 'lost', users: 1 });
});

test('a call that is refused is not held', async () => {
  const client = await startClient({ faults: { hold: true } });
  expect((await client.update('IOS', [])).status).toBe(400);
});

test('a call over the rate is answered with 429, each API key by its own bucket', async () => {
  const client = await startClient({ faults: { rate: { capacity: 2, perSecond: 0.001, retryAfter: 5 } } });
  expect(await statuses(client, 3)).toEqual([202, 202, 429]);
  const refused = await client.update('IOS', body);
  expect(refused).toMatchObject({ status: 429, body: { code: 60, type: 'TOO_MANY_REQUESTS' } });
  expect(refused.headers.get('retry-after')).toBe('5');
  expect((await client.update('ANDROID', body)).status).toBe(202);
});

test('the bucket fills again with time', async () => {
  const client = await startClient({ faults: { rate: { capacity: 1, perSecond: 5 } } });
  expect(await statuses(client, 2)).toEqual([202, 429]);
  await expect.poll(async () => (await client.update('IOS', body)).status, { interval: 20 }).toBe(202);
});

test('a poisoned contact refuses the whole call with 400 MALFORMED_PARAMETER', async () => {
  const client = await startClient({ faults: { poisonedIds: ['bob'] } });
  const refused = await client.update('IOS', [...body, user('bob', { 'u.city': 'Lyon' })]);
  expect(refused).toMatchObject({ status: 400, body: { code: 31, type: 'MALFORMED_PARAMETER' } });
  expect(await client.valuesOf('IOS', 'ada')).toEqual({});
  expect((await client.update('IOS', body)).status).toBe(202);
});

test('a refused key refuses every call that holds it', async () => {
  const client = await startClient({ faults: { refusedKeys: ['u.tier', 'u.city'] } });
  expect(await client.update('IOS', body)).toMatchObject({ status: 400, body: { code: 31 } });
  expect(await client.update('IOS', [user('ada', { 'u.city': null })])).toMatchObject({ status: 400 });
  expect((await client.update('IOS', [user('ada', { 'u.cities': 'Paris' })])).status).toBe(202);
});

test('switches set over HTTP replace all earlier ones', async () => {
  const client = await startClient({ faults: { status: { code: 500 } } });
  expect((await client.inspect('POST', '/faults', { refusedKeys: ['u.city'] })).status).toBe(200);
  expect((await client.update('IOS', body)).status).toBe(400);
  await client.inspect('POST', '/faults', {});
  expect((await client.update('IOS', body)).status).toBe(202);
});

test.each<[unknown, string]>([
  [{ latency: 5 }, 'faults has no "latency"; it can have apiKey, status, latencyMs'],
  [{ latencyMs: '5' }, 'faults.latencyMs must be a whole number, 0 or more'],
  [{ status: { code: 418 } }, 'faults.status.code must be one of 401, 403, 404, 429, 500, 503'],
  [{ status: { next: 1 } }, 'faults.status needs "code"'],
  [{ status: { code: 500, probability: 2 } }, 'faults.status.probability must be a number from 0 to 1'],
  [{ hold: { apply: true } }, 'faults.hold has no "apply"; it can have application'],
  [{ poisonedIds: ['ada', 7] }, 'faults.poisonedIds[1] must be a non-empty string'],
  [[], 'faults must be an object'],
  ['no JSON', 'the body must be JSON'],
])('the switches %j are refused and those in force stay', async (faults, message) => {
  const client = await startClient({ faults: { status: { code: 500 } } });
  const refused = await client.inspect('POST', '/faults', faults);
  expect(refused.status).toBe(400);
  expect(refused.body['message']).toContain(message);
  expect((await client.update('IOS', body)).status).toBe(500);
});
