import { expect, test } from 'vitest';
import { batchKeys, type LoggedRequest } from '../../../src/dev/demo/batch-account.js';
import { changeBesideBody } from '../../../src/dev/demo/change-beside-body.js';

const change = { id: 7, email: 'zoë@example.com', columns: [{ name: 'ltv', before: '1.00', after: null }] };

function request(values: object, id = change.email): LoggedRequest {
  const body = JSON.stringify([{ id, update: { overwrite: false, values } }]);
  return { apiKey: batchKeys.ios, body } as LoggedRequest;
}

test('identifier and texts of a body are masked; figures, dates and nulls are not', () => {
  const text = changeBesideBody(change, [
    request({ 'u.ltv': 9 }, 'other@example.com'),
    request({
      'u.ltv': null,
      'u.tier': 'gold',
      'ut.tags': ['wine', 'books'],
      'url(u.website)': 'https://example.org/7',
      'date(u.last_order_at)': '2026-11-24T18:30:15',
      'u.orders_count': 3,
    }),
  ]);
  for (const secret of ['zoë', 'gold', 'wine', 'books', 'example.org', 'other']) expect(text).not.toContain(secret);
  for (const shown of ['z•••@example.com', 'g•••', '2026-11-24T18:30:15', ': 3', 'null', '1.00']) {
    expect(text).toContain(shown);
  }
});

test('a change of which nothing was sent says so', () => {
  expect(changeBesideBody(change, [])).toContain('nothing');
});
