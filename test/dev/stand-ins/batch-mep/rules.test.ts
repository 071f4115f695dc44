import { expect, test } from 'vitest';

import { startClient, user } from './stand-in-client.js';

const missing = { status: 400, body: { code: 30, type: 'MISSING_PARAMETER' } };
const malformed = { status: 400, body: { code: 31, type: 'MALFORMED_PARAMETER' } };
const accepted = { status: 202, body: {} };

const update = { overwrite: false, values: { 'u.city': 'Paris' } };
const manyUsers = (count: number): object[] => Array.from({ length: count }, (_, i) => user(`user-${i}`, {}));

test.each<[string, unknown, object]>([
  ['an object', {}, malformed],
  ['null', null, malformed],
  ['an empty array', [], malformed],
  ['10,001 users', manyUsers(10_001), malformed],
  ['10,000 users', manyUsers(10_000), accepted],
  ['a user that is not an object', ['ada'], malformed],
  ['a user without id', [{ update }], missing],
  ['a user without update', [{ id: 'ada' }], missing],
  ['an update without overwrite', [{ id: 'ada', update: { values: {} } }], missing],
  ['an update without values', [{ id: 'ada', update: { overwrite: false } }], missing],
  ['an empty id', [{ id: '', update }], malformed],
  ['an id that is a number', [{ id: 7, update }], malformed],
  ['an update that is an array', [{ id: 'ada', update: [] }], malformed],
  ['an overwrite that is not boolean', [{ id: 'ada', update: { overwrite: 'false', values: {} } }], malformed],
  ['values that are an array', [{ id: 'ada', update: { overwrite: false, values: [] } }], malformed],
  ['values that are null', [{ id: 'ada', update: { overwrite: false, values: null } }], malformed],
  ['a user with everything', [{ id: 'ada', update }], accepted],
])('a bulk update of %s', async (_what, body, answer) => {
  const client = await startClient();
  expect(await client.update('IOS', body)).toMatchObject(answer);
});

test.each<[string, unknown, object]>([
  ['an array', [update], malformed],
  ['a string', '"values"', malformed],
  ['no overwrite', { values: {} }, missing],
  ['no values', { overwrite: false }, missing],
  ['a wrong key', { overwrite: false, values: { city: 'Paris' } }, malformed],
  ['an update', update, accepted],
])('an update of one contact with %s', async (_what, body, answer) => {
  const client = await startClient();
  expect(await client.call('POST', '/1.0/IOS/data/users/ada', body)).toMatchObject(answer);
});

const name30 = 'a'.repeat(30);
test.each<[string, unknown, object]>([
  [`u.${name30}`, 1, accepted],
  [`u.${name30}a`, 1, malformed],
  [`ut.${name30}`, ['x'], accepted],
  [`ut.${name30}a`, ['x'], malformed],
  [`date(u.${name30})`, 1, accepted],
  [`date(u.${name30}a)`, 1, malformed],
  [`url(u.${name30})`, 'https://a.fr', accepted],
  [`url(u.${name30}a)`, 'https://a.fr', malformed],
  ['u.a_1', 1, accepted],
  ['u.', 1, malformed],
  ['u.firstName', 'Ada', malformed],
  ['u.c.city', 'Paris', malformed],
  ['city', 'Paris', malformed],
  ['ut.city\n', ['Paris'], malformed],
  ['date(city)', 1, malformed],
  ['date(ut.city)', 1, malformed],
  ['$email_address', 'ada@example.com', malformed],
  ['u.$city', 'Paris', malformed],
  ['__proto__', 'x', malformed],
])('the key %j', async (key, value, answer) => {
  const client = await startClient();
  const values = `{${JSON.stringify(key)}:${JSON.stringify(value)}}`;
  const body = `[{"id":"ada","update":{"overwrite":false,"values":${values}}}]`;
  expect(await client.update('IOS', body)).toMatchObject(answer);
});

/** Values are written as JSON text, for what JSON.stringify cannot write. */
test.each<[string, string, object]>([
  ['u.x', 'null', accepted],
  ['u.x', '"a"', accepted],
  ['u.x', '""', malformed],
  ['u.x', `"${'é'.repeat(64)}"`, accepted],
  ['u.x', `"${'é'.repeat(65)}"`, malformed],
  ['u.x', `"${'🙂'.repeat(32)}"`, accepted],
  ['u.x', `"${'🙂'.repeat(33)}"`, malformed],
  ['u.x', 'true', accepted],
  ['u.x', '-0.5', accepted],
  ['u.x', '1e400', malformed],
  ['u.x', '1e300', accepted],
  ['u.x', '9007199254740991', accepted],
  ['u.x', '9007199254740992', malformed],
  ['u.x', '-9007199254740991', accepted],
  ['u.x', '-9007199254740993', malformed],
  ['u.x', '9007199254740993.5', accepted],
  ['u.x', '"9007199254740993"', accepted],
  ['u.x', 'NaN', { status: 400, body: { code: 32 } }],
  ['u.x', '{}', malformed],
  ['u.x', '["a"]', malformed],
  ['ut.x', 'null', accepted],
  ['ut.x', '["a","b"]', accepted],
  ['ut.x', '[]', malformed],
  ['ut.x', '"a"', malformed],
  ['ut.x', '["a",1]', malformed],
  ['ut.x', '["a",null]', malformed],
  ['ut.x', '["a",""]', malformed],
  ['ut.x', `["${'a'.repeat(64)}"]`, accepted],
  ['ut.x', `["${'a'.repeat(65)}"]`, malformed],
  ['ut.x', '{"$add":["a"]}', malformed],
  ['date(u.x)', 'null', accepted],
  ['date(u.x)', '"2026-02-28T23:59:59"', accepted],
  ['date(u.x)', '"2026-02-28T23:59:59.123"', accepted],
  ['date(u.x)', '"0001-01-01T00:00:00"', accepted],
  ['date(u.x)', '"0000-01-01T00:00:00"', malformed],
  ['date(u.x)', '"2026-02-29T00:00:00"', malformed],
  ['date(u.x)', '"2024-02-29T00:00:00"', accepted],
  ['date(u.x)', '"2026-01-01T24:00:00"', malformed],
  ['date(u.x)', '"2026-01-01T00:00:00Z"', malformed],
  ['date(u.x)', '"2026-01-01T00:00:00+00:00"', malformed],
  ['date(u.x)', '"2026-01-01T00:00:00.12"', malformed],
  ['date(u.x)', '"2026-01-01 00:00:00"', malformed],
  ['date(u.x)', '"2026-01-01"', malformed],
  ['date(u.x)', '"12026-01-01T00:00:00"', malformed],
  ['date(u.x)', '1767225600', accepted],
  ['date(u.x)', '1767225600.5', malformed],
  ['date(u.x)', 'true', malformed],
  ['url(u.x)', 'null', accepted],
  ['url(u.x)', '"https://a.fr/b?c=d#e"', accepted],
  ['url(u.x)', '"myapp://open/1"', accepted],
  ['url(u.x)', '"a.fr"', malformed],
  ['url(u.x)', '"//a.fr"', malformed],
  ['url(u.x)', '"mailto:a@a.fr"', malformed],
  ['url(u.x)', '"https:///b"', malformed],
  ['url(u.x)', '"https://a.fr/a b"', malformed],
  ['url(u.x)', '"https://[a"', malformed],
  ['url(u.x)', '7', malformed],
  ['url(u.x)', `"https://a.fr/${'b'.repeat(2035)}"`, accepted],
  ['url(u.x)', `"https://a.fr/${'b'.repeat(2036)}"`, malformed],
])('the value %s: %s', async (key, json, answer) => {
  const client = await startClient();
  const body = `[{"id":"ada","update":{"overwrite":false,"values":{"${key}":${json}}}}]`;
  expect(await client.update('IOS', body)).toMatchObject(answer);
});

test('null is refused with overwrite: true', async () => {
  const client = await startClient();
  const overwriting = (value: unknown): object => ({
    id: 'ada',
    update: { overwrite: true, values: { 'u.x': value } },
  });
  expect(await client.update('IOS', [overwriting(null)])).toMatchObject(malformed);
  expect(await client.update('IOS', [overwriting('a')])).toMatchObject(accepted);
});

test('large digits inside strings are no integers, also after escaped quotes', async () => {
  const client = await startClient();
  const values = '{"u.x":"\\"9007199254740993","u.y":1e300}';
  const body = `[{"id":"9007199254740993","update":{"overwrite":false,"values":${values}}}]`;
  expect(await client.update('IOS', body)).toMatchObject(accepted);
});

test('one bad user refuses the whole call', async () => {
  const client = await startClient();
  const body = [user('ada', { 'u.x': 'good' }), user('bob', { 'u.x': '' })];
  expect(await client.update('IOS', body)).toMatchObject(malformed);
  expect(await client.valuesOf('IOS', 'ada')).toEqual({});
});

test('a refusal names the place and the attribute and no value', async () => {
  const client = await startClient();
  const secret = 'Ada Lovelace '.repeat(6);
  const { body } = await client.update('IOS', [user('ada', {}), user('bob@example.com', { 'u.x': secret })]);
  expect(body['message']).toBe('u.x of user 1 must have 1 to 64 characters');
});

test.each<[string, unknown, object]>([
  ['an object', {}, malformed],
  ['an empty array', [], malformed],
  ['an empty id', ['ada', ''], malformed],
  ['an id that is a number', [7], malformed],
  ['10,001 ids', Array.from({ length: 10_001 }, String), malformed],
  ['10,000 ids', Array.from({ length: 10_000 }, String), { status: 200, body: {} }],
  ['ids, known or not', ['ada', 'nobody'], { status: 200, body: {} }],
])('a delete of %s', async (_what, body, answer) => {
  const client = await startClient();
  expect(await client.call('DELETE', '/1.0/IOS/data/users', body)).toMatchObject(answer);
});
