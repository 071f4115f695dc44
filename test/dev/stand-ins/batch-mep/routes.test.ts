import { expect, test } from 'vitest';

import { restKey, startClient, user } from './stand-in-client.js';

const users = '/1.0/IOS/data/users';
const body = [user('ada', { 'u.city': 'Paris' })];

test.each([
  ['another version', 'POST', '/1.1/IOS/data/users'],
  ['another route', 'POST', '/1.0/IOS/data/contacts'],
  ['a longer path', 'POST', '/1.0/IOS/data/users/ada/values'],
  ['a custom ID that is not URL-encoded', 'POST', '/1.0/IOS/data/users/100%'],
  ['PUT', 'PUT', users],
  ['reading a contact', 'GET', '/1.0/IOS/data/users/ada'],
  ['the root', 'POST', '/'],
])('%s is answered with 404 ROUTE_NOT_FOUND', async (_what, method, path) => {
  const client = await startClient();
  const answer = await client.call(method, path, method === 'GET' ? undefined : body);
  expect(answer).toMatchObject({ status: 404, body: { code: 20, type: 'ROUTE_NOT_FOUND' } });
});

test.each([users, `${users}/`])('%s is the bulk route', async (path) => {
  const client = await startClient();
  expect(await client.call('POST', path, body)).toMatchObject({ status: 202, body: {} });
  expect(await client.valuesOf('IOS', 'ada')).toEqual({ 'u.city': 'Paris' });
});

test.each([`${users}/a%2Fb%20%C3%A9`, `${users}/a%2Fb%20%C3%A9/`])('%s is the route of one contact', async (path) => {
  const client = await startClient({ apps: { IOS: { contacts: ['a/b é'] } } });
  const answer = await client.call('POST', path, { overwrite: false, values: { 'u.city': 'Paris' } });
  expect(answer.status).toBe(202);
  expect(await client.valuesOf('IOS', 'a/b é')).toEqual({ 'u.city': 'Paris' });
});

test.each<[string, string, Record<string, string>]>([
  ['no REST key', users, {}],
  ['another REST key', users, { 'X-Authorization': 'other' }],
  ['a Bearer prefix', users, { 'X-Authorization': `Bearer ${restKey}` }],
  ['the key in Authorization', users, { Authorization: restKey }],
  ['an unknown API key', '/1.0/OTHER/data/users', { 'X-Authorization': restKey }],
])('%s is answered with 401 AUTHENTICATION_INVALID', async (_what, path, headers) => {
  const client = await startClient();
  const answer = await client.call('POST', path, body, headers);
  expect(answer).toMatchObject({ status: 401, body: { code: 10, type: 'AUTHENTICATION_INVALID' } });
  expect((await client.call('POST', users, body, { 'X-Authorization': restKey })).status).toBe(202);
});

test('an app without the feature is answered with 403 API_MISUSE', async () => {
  const client = await startClient();
  expect(await client.update('BASIC', body)).toMatchObject({ status: 403, body: { code: 12, type: 'API_MISUSE' } });
  expect((await client.update('IOS', body)).status).toBe(202);
});

test.each<[string, string | Uint8Array]>([
  ['no body', ''],
  ['text', 'id=ada'],
  ['JSON that is cut off', '[{"id":"ada"'],
  ['a byte order mark', '\uFEFF' + JSON.stringify(body)],
  ['bytes that are not UTF-8', new Uint8Array([0x5b, 0x22, 0xff, 0x22, 0x5d])],
])('%s is answered with 400 MALFORMED_JSON_BODY', async (_what, malformed) => {
  const client = await startClient();
  const answer = await client.call('POST', users, malformed);
  expect(answer).toMatchObject({ status: 400, body: { code: 32, type: 'MALFORMED_JSON_BODY' } });
  expect(await client.call('DELETE', users, malformed)).toMatchObject({ status: 400, body: { code: 32 } });
});

test('the checks come in order: route, keys, feature, JSON, body', async () => {
  const client = await startClient();
  const wrongKey = { 'X-Authorization': 'other' };
  expect((await client.call('POST', '/1.0/BASIC/data', '', wrongKey)).status).toBe(404);
  expect((await client.call('POST', '/1.0/BASIC/data/users', '', wrongKey)).status).toBe(401);
  expect((await client.call('POST', '/1.0/BASIC/data/users', '')).status).toBe(403);
  expect((await client.call('POST', users, '')).body['code']).toBe(32);
  expect((await client.call('POST', users, '[]')).body['code']).toBe(31);
});

test('an accepted update can be set to answer 200', async () => {
  const client = await startClient({ successStatus: 200 });
  expect(await client.update('IOS', body)).toMatchObject({ status: 200, body: {} });
});
