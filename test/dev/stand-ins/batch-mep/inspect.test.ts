import { createHash } from 'node:crypto';

import { expect, test } from 'vitest';

import { startClient, user, type StandInClient } from './stand-in-client.js';

const body = [user('ada', { 'u.city': 'Paris' }), user('bob', { 'u.city': 'Lyon', 'u.tier': 2 })];

async function contacts(client: StandInClient, apiKey: string): Promise<unknown[]> {
  await client.inspect('POST', '/settled');
  const lines = await (await fetch(`${client.url}/__inspect/contacts?apiKey=${apiKey}`)).text();
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

test('all contacts of an app are shown, one a line', async () => {
  const client = await startClient();
  await client.update('IOS', body);
  expect(await contacts(client, 'IOS')).toEqual([
    { id: 'ada', values: { 'u.city': 'Paris' } },
    { id: 'bob', values: { 'u.city': 'Lyon', 'u.tier': 2 } },
  ]);
  expect(await contacts(client, 'BASIC')).toEqual([]);
});

test('contacts can be added to an app; those that exist keep their values', async () => {
  const client = await startClient();
  await client.update('IOS', body);
  await client.inspect('POST', '/settled');
  expect((await client.inspect('POST', '/contacts', { apiKey: 'IOS', ids: ['ada', 'eve'] })).body).toEqual({
    added: 2,
  });
  expect(await contacts(client, 'IOS')).toEqual([
    { id: 'ada', values: { 'u.city': 'Paris' } },
    { id: 'bob', values: { 'u.city': 'Lyon', 'u.tier': 2 } },
    { id: 'eve', values: {} },
  ]);
});

test('a list of contacts as long as wanted is added line by line', async () => {
  const client = await startClient();
  const ids = Array.from({ length: 30_000 }, (_, i) => `李-${i}\u2028"`);
  const lines = ids.map((id) => JSON.stringify(id)).join('\n');
  expect((await client.inspect('POST', '/contacts?apiKey=BASIC', lines)).body).toEqual({ added: 30_000 });
  expect(await contacts(client, 'BASIC')).toEqual(ids.map((id) => ({ id, values: {} })));
});

test.each([
  ['7\n', 'line 1 must be a non-empty string'],
  ['"eve"\nmallory\n', 'each line must be a JSON string'],
])('the lines %j are refused', async (lines, message) => {
  const client = await startClient();
  expect(await client.inspect('POST', '/contacts?apiKey=IOS', lines)).toMatchObject({ status: 400, body: { message } });
});

test('the log tells equal bodies and the custom IDs only as hashes', async () => {
  const client = await startClient();
  const sent = JSON.stringify(body);
  await client.update('IOS', sent);
  await client.update('IOS', sent);
  await client.update('ANDROID', []);
  await client.call('POST', '/nowhere', '{}');
  const requests = await client.requests();
  const bodySha256 = createHash('sha256').update(sent).digest('hex');
  const taken = { apiKey: 'IOS', method: 'POST', status: 202, answer: 'sent', users: 2, attributes: 3, bodySha256 };
  expect(requests).toMatchObject([
    { n: 1, ...taken, bodyBytes: sent.length },
    { n: 2, ...taken },
    { n: 3, apiKey: 'ANDROID', status: 400, answer: 'sent', users: 0, attributes: 0, firstId: null },
    { n: 4, apiKey: null, status: 404 },
  ]);
  expect(requests[0]?.firstId).toMatch(/^[0-9a-f]{16}$/);
  expect(requests[0]?.firstId).not.toBe(requests[0]?.lastId);
  expect(requests[1]?.firstId).toBe(requests[0]?.firstId);
  expect(JSON.stringify(requests)).not.toContain('Paris');
});

test('the log keeps the last requests, and bodies only where asked', async () => {
  const client = await startClient({ logCapacity: 2, keepBodies: true });
  for (const city of ['Paris', 'Lyon', 'Nice']) await client.update('IOS', [user('ada', { 'u.city': city })]);
  const withBodies = (await client.inspect('GET', '/requests?bodies=1')).body;
  expect(withBodies).toMatchObject({
    requests: [
      { n: 2, body: JSON.stringify([user('ada', { 'u.city': 'Lyon' })]) },
      { n: 3, body: JSON.stringify([user('ada', { 'u.city': 'Nice' })]) },
    ],
  });
  expect((await client.requests())[0]).not.toHaveProperty('body');
  const plain = await startClient();
  await plain.update('IOS', body);
  expect(JSON.stringify((await plain.inspect('GET', '/requests?bodies=1')).body)).not.toContain('Paris');
});

test('requests are counted by API key and status', async () => {
  const client = await startClient();
  await client.update('IOS', body);
  await client.update('IOS', []);
  await client.update('IOS', body);
  await client.update('ANDROID', body);
  expect((await client.inspect('GET', '/stats')).body['apps']).toMatchObject({
    IOS: { requests: { '202': 2, '400': 1 }, usersAccepted: 4, attributesAccepted: 6 },
    ANDROID: { requests: { '202': 1 } },
    BASIC: { requests: {} },
  });
});

test.each([
  ['u.city', 'Paris'],
  ['u.tier', 2],
  ['u.opted_in', true],
  ['ut.tags', ['a']],
])('one value %s of one contact can be spoiled', async (key, value) => {
  const client = await startClient();
  const values = { 'u.untouched': 1, [key]: value };
  await client.update('IOS', [user('ada', values), user('bob', values)]);
  await client.inspect('POST', '/settled');
  const spoiled = await client.inspect('POST', '/spoil', { apiKey: 'IOS', id: 'bob', key });
  expect(spoiled.body).toEqual({ id: 'bob', key });
  const after = (await client.valuesOf('IOS', 'bob')) as Record<string, unknown>;
  expect(after['u.untouched']).toBe(1);
  expect(after[key]).not.toEqual(value);
  expect(await client.valuesOf('IOS', 'ada')).toEqual(values);
});

test('spoiling without a name takes the first value that the app holds, and says so if there is none', async () => {
  const client = await startClient();
  expect((await client.inspect('POST', '/spoil', { apiKey: 'IOS' })).status).toBe(404);
  await client.update('IOS', [user('bob', { 'u.city': 'Lyon' })]);
  await client.inspect('POST', '/settled');
  expect((await client.inspect('POST', '/spoil', { apiKey: 'IOS' })).body).toEqual({ id: 'bob', key: 'u.city' });
});

test('a reset goes back to the start: contacts, values, figures, log, faults, held and pending calls', async () => {
  const client = await startClient({ applyDelayMs: 100 });
  await client.update('IOS', body);
  await client.inspect('POST', '/contacts', { apiKey: 'IOS', ids: ['eve'] });
  client.setFaults({ hold: true });
  const held = expect(client.update('IOS', body)).rejects.toThrow('fetch failed');
  await expect.poll(async () => (await client.inspect('GET', '/held')).body['held']).toBe(1);
  await client.inspect('POST', '/reset');
  await held;
  expect(await contacts(client, 'IOS')).toEqual([
    { id: 'ada', values: {} },
    { id: 'bob', values: {} },
  ]);
  expect(await client.requests()).toEqual([]);
  expect((await client.inspect('GET', '/stats')).body['apps']).toMatchObject({
    IOS: { requests: {}, usersAccepted: 0 },
  });
  expect((await client.update('IOS', body)).status).toBe(202);
  expect(await client.valuesOf('IOS', 'ada')).toEqual({ 'u.city': 'Paris' });
});

test('an inspection of something that is not there is answered with 404', async () => {
  const client = await startClient();
  expect((await client.inspect('GET', '/nothing')).status).toBe(404);
  expect((await client.inspect('GET', '/contacts?apiKey=OTHER')).status).toBe(404);
  expect((await client.inspect('GET', '/contact?apiKey=IOS&id=nobody')).status).toBe(404);
  expect((await client.call('POST', '/__inspect', {})).body['code']).toBe(20);
});
