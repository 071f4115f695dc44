import { expect, test } from 'vitest';

import { startClient, user } from './stand-in-client.js';

test('an update merges: keys that are absent stay, null clears', async () => {
  const client = await startClient();
  await client.update('IOS', [user('ada', { 'u.a': 1, 'u.b': 'two', 'ut.c': ['x'] })]);
  await client.update('IOS', [user('ada', { 'u.b': null, 'ut.c': ['y', 'z'], 'u.d': null })]);
  expect(await client.valuesOf('IOS', 'ada')).toEqual({ 'u.a': 1, 'ut.c': ['y', 'z'] });
});

test('an update with overwrite: true clears the other values first', async () => {
  const client = await startClient();
  await client.update('IOS', [user('ada', { 'u.a': 1, 'u.b': 2 })]);
  await client.update('IOS', [{ id: 'ada', update: { overwrite: true, values: { 'u.b': 3 } } }]);
  expect(await client.valuesOf('IOS', 'ada')).toEqual({ 'u.b': 3 });
});

test('the same contact twice in a call is updated in order', async () => {
  const client = await startClient();
  await client.update('IOS', [user('ada', { 'u.a': 1, 'u.b': 1 }), user('ada', { 'u.a': 2 })]);
  expect(await client.valuesOf('IOS', 'ada')).toEqual({ 'u.a': 2, 'u.b': 1 });
});

test('each API key has its own state', async () => {
  const client = await startClient();
  await client.update('IOS', [user('ada', { 'u.a': 1 })]);
  expect(await client.valuesOf('IOS', 'ada')).toEqual({ 'u.a': 1 });
  expect(await client.valuesOf('ANDROID', 'ada')).toEqual({});
});

test('a write shows some time after its answer, not with it', async () => {
  const client = await startClient({ applyDelayMs: 1000 });
  await client.update('IOS', [user('ada', { 'u.a': 1 })]);
  expect((await client.inspect('GET', '/contact?apiKey=IOS&id=ada')).body['values']).toEqual({});
  expect(await client.valuesOf('IOS', 'ada')).toEqual({ 'u.a': 1 });
});

test('an unknown contact is accepted, counted and not created', async () => {
  const client = await startClient();
  const body = [user('ada', { 'u.a': 1, 'u.b': null }), user('nobody', { 'u.a': 1 }), user('nobody', { 'u.a': 2 })];
  expect((await client.update('IOS', body)).status).toBe(202);
  await client.inspect('POST', '/settled');
  expect((await client.inspect('GET', '/contact?apiKey=IOS&id=nobody')).status).toBe(404);
  expect((await client.inspect('GET', '/stats')).body['apps']).toMatchObject({
    IOS: {
      requests: { '202': 1 },
      usersAccepted: 3,
      attributesAccepted: 4,
      unknownWrites: 2,
      unknownIds: 1,
      created: 0,
      contacts: 2,
    },
    ANDROID: { requests: {}, usersAccepted: 0 },
  });
});

test('unknown contacts keep their values where the switch says so', async () => {
  const client = await startClient({ keepUnknown: true });
  await client.update('IOS', [user('nobody', { 'u.a': 1 }), user('nobody', { 'u.b': 2 })]);
  expect(await client.valuesOf('IOS', 'nobody')).toEqual({ 'u.a': 1, 'u.b': 2 });
  expect((await client.inspect('GET', '/stats')).body['apps']).toMatchObject({ IOS: { created: 1, contacts: 3 } });
});

test('a delete clears the values of a contact and creates none', async () => {
  const client = await startClient();
  await client.update('IOS', [user('ada', { 'u.a': 1 }), user('bob', { 'u.a': 1 })]);
  expect(await client.valuesOf('IOS', 'ada')).toEqual({ 'u.a': 1 });
  expect((await client.call('DELETE', '/1.0/IOS/data/users/ada')).status).toBe(200);
  expect((await client.call('DELETE', '/1.0/IOS/data/users/nobody')).status).toBe(200);
  expect(await client.valuesOf('IOS', 'ada')).toEqual({});
  expect(await client.valuesOf('IOS', 'bob')).toEqual({ 'u.a': 1 });
  expect((await client.call('DELETE', '/1.0/IOS/data/users', ['bob', 'nobody'])).status).toBe(200);
  expect(await client.valuesOf('IOS', 'bob')).toEqual({});
  expect(await client.valuesOf('IOS', 'nobody')).toBeUndefined();
});
