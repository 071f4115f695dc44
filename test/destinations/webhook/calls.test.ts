import { expect, test } from 'vitest';
import { openDestination } from '../../../src/destinations/registry.js';
import { sentRows } from '../../conformance/destinations/driver.js';
import { webhookDefinition } from '../../support/webhook.js';

function callOf(settings: Record<string, unknown>, key = 'engine/7/0/webhook/0-2') {
  const { call, targets, attributes } = openDestination(webhookDefinition(settings));
  const columns = ['tier', 'ltv'].map((attribute, i) =>
    attributes.rule(
      { attribute, field: attribute, onTooLong: 'leave-out', onNotFinite: 'leave-out', onNull: 'clear' },
      { type: ['text', 'numeric'][i]!, kind: (['text', 'number'] as const)[i]! },
    ),
  );
  const rows = sentRows(
    ['tier', 'ltv'],
    [
      { id: 'c-1', fields: ['gold', '12.50'] },
      { id: 'c-2', fields: [null, '7'], carries: ['tier'] },
    ],
  );
  const to = settings['body'] === 'row' ? 1 : 2;
  const made = call({ target: targets[0]!, rules: columns, rows, from: 0, to, key, activation: 'loyalty' });
  return { ...made, body: made.body.bytes.toString() };
}

test('a call holds a list of rows, with the values that changed', () => {
  expect(callOf({}).body).toBe(
    '{"activation":"loyalty","rows":[{"id":"c-1","values":{"tier":"gold","ltv":12.50}},{"id":"c-2","values":{"tier":null}}]}',
  );
});

test('whole rows have all values', () => {
  expect(callOf({ values: 'whole' }).body).toContain('{"id":"c-2","values":{"tier":null,"ltv":7}}');
});

test('a call may be one row, with an identifier of another name', () => {
  expect(callOf({ body: 'row', identifier: 'e"mail' }).body).toBe(
    '{"activation":"loyalty","e\\"mail":"c-1","values":{"tier":"gold","ltv":12.50}}',
  );
});

test('the id of a call is the same for each attempt, is another for other rows, and does not tell the engine', () => {
  const ids = ['engine/7/0/webhook/0-2', 'engine/7/0/webhook/0-2', 'engine/7/0/webhook/2-4'].map(
    (key) => callOf({}, key).headers['webhook-id'],
  );
  expect(ids[0]).toMatch(/^msg_[\w-]{32}$/);
  expect(ids[1]).toBe(ids[0]);
  expect(ids[2]).not.toBe(ids[0]);
});

test('method, URL and headers are those of the settings, with their variables still in them', () => {
  const headers = { authorization: 'Bearer ${CRM_TOKEN}' };
  expect(callOf({ method: 'PUT', url: 'https://x.example/${PATH}?a=b', headers, secret: '${S}' })).toMatchObject({
    method: 'PUT',
    url: { base: 'https://x.example/${PATH}?a=b', path: '' },
    headers: { authorization: 'Bearer ${CRM_TOKEN}', 'content-type': 'application/json' },
    signedWith: '${S}',
  });
});
