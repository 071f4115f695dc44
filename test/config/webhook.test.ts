import { expect, test } from 'vitest';
import { destinationSecrets } from '../../src/config/secrets.js';
import { webhookDefinition } from '../support/webhook.js';
import { faultsOf, parsed, written } from './written.js';

const webhook = (settings: string) => written({ destination: `{ type: webhook${settings} }` });
const url = ', url: https://hooks.example.com/contacts';

test('a webhook needs a URL alone', () => {
  expect(parsed(webhook(url)).destinations.app?.settings).toEqual({
    url: 'https://hooks.example.com/contacts',
    method: 'POST',
    headers: {},
    body: 'rows',
    values: 'changed',
    identifier: 'id',
    chunkSize: 1_000,
    concurrency: 4,
    callsPerSecond: 10,
    maxRejectedPerChunk: 100,
    requestTimeout: 30_000,
  });
});

test('every setting can be written, and names of headers are in lower case', () => {
  const settings =
    ', url: "${HOOK}", method: PATCH, headers: { Authorization: "Bearer ${TOKEN}", X-Team: crm }, secret: "${SECRET}", body: row, values: whole, identifier: email';
  expect(parsed(webhook(settings)).destinations.app?.settings).toMatchObject({
    url: '${HOOK}',
    method: 'PATCH',
    headers: { authorization: 'Bearer ${TOKEN}', 'x-team': 'crm' },
    secret: '${SECRET}',
    body: 'row',
    values: 'whole',
    identifier: 'email',
  });
});

test.each([
  ['', 'destinations.app.url: is missing'],
  [', url: "https://user:word@hooks.example.com"', 'must be an http(s) URL without a user and a password'],
  [`${url}, method: GET`, 'must be one of POST, PUT, PATCH'],
  [`${url}, headers: { authorization: Bearer abc }`, 'must hold a ${VAR}, never the secret itself'],
  [`${url}, headers: { x-api-key: abc }`, 'must hold a ${VAR}, never the secret itself'],
  [`${url}, headers: { content-type: text/plain }`, 'is set by Outflow itself'],
  [`${url}, headers: { Webhook-Id: abc }`, 'is set by Outflow itself'],
  [`${url}, headers: { "x team": crm }`, 'is no name of a header'],
  [`${url}, headers: { x-team: a, X-Team: b }`, 'stands twice'],
  [`${url}, secret: whsec_abc`, 'never the signing secret itself'],
  [`${url}, body: list`, 'must be one of rows, row'],
  [`${url}, values: all`, 'must be one of changed, whole'],
  [`${url}, identifier: values`, 'must be the name of a member of a row'],
  [`${url}, chunkSize: 1001`, 'must be a whole number from 1 to 1000'],
])('what a webhook cannot have is refused: %s', (settings, rule) => {
  expect(faultsOf(webhook(settings))).toContain(rule);
});

test.each(['abc', 'whsec_', 'whsec_YWJj', `whsec_${'a'.repeat(200)}`])(
  'a secret of another form than whsec_ and base64 signs nothing, and is in no message: %s',
  (value) => {
    const definition = webhookDefinition({ secret: '${SECRET}', url: 'https://hooks.example.com' });
    const secrets = destinationSecrets(definition, { values: new Map([['SECRET', value]]), lookedIn: '.env' });
    expect(() => secrets.signingKey('${SECRET}')).toThrow(
      /^The value of SECRET, by which destination crm signs its calls, is not whsec_ and the base64 of 24 to 64 bytes$/,
    );
  },
);
