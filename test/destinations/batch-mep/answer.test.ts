import { describe, expect, test } from 'vitest';
import { answerOf, describeRefusal } from '../../../src/destinations/batch-mep/answer.js';

const malformed = '{"code":31,"type":"MALFORMED_PARAMETER","message":"value of jane@example.com"}';

test.each([200, 201, 202, 204])('%i is accepted, whatever the body', (status) => {
  expect(answerOf(status, undefined, malformed)).toEqual({ kind: 'accepted' });
});

test.each([400, 405, 413, 422])('%i is a refusal of the call, with code and type and without the message', (status) => {
  expect(answerOf(status, undefined, malformed)).toEqual({
    kind: 'refused',
    status,
    code: 31,
    type: 'MALFORMED_PARAMETER',
  });
});

test.each([401, 403, 404])('%i is a matter of keys or address, not of contacts', (status) => {
  expect(answerOf(status, undefined, '{"code":10,"type":"AUTHENTICATION_INVALID"}')).toEqual({
    kind: 'unauthorized',
    status,
    code: 10,
    type: 'AUTHENTICATION_INVALID',
  });
});

test.each([500, 502, 503, 504, 408, 302])('%i is tried again', (status) => {
  expect(answerOf(status, undefined, malformed)).toEqual({ kind: 'unavailable', reason: `http ${status}` });
});

test.each([
  ['', {}],
  ['<html>', {}],
  ['null', {}],
  ['[31]', {}],
  ['{"code":"31","type":"jane@example.com"}', {}],
  ['{"code":3.5,"type":"malformed"}', {}],
  [`{"type":"${'A'.repeat(65)}"}`, {}],
  ['{"code":32}', { code: 32 }],
  ['{"type":"MISSING_PARAMETER"}', { type: 'MISSING_PARAMETER' }],
])('of the body %s only a number and a constant are taken', (body, expected) => {
  expect(answerOf(400, undefined, body)).toEqual({ kind: 'refused', status: 400, ...expected });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-03-01T09:00:00Z');

  test.each([
    ['7', 7_000],
    ['0', 0],
    ['Sun, 01 Mar 2026 09:01:00 GMT', 60_000],
    ['Sun, 01 Mar 2026 08:00:00 GMT', 0],
  ])('%s of a 429 and a 503 is honoured', (header, retryAfterMs) => {
    expect(answerOf(429, header, '', now)).toEqual({ kind: 'busy', retryAfterMs });
    expect(answerOf(503, header, '', now)).toEqual({ kind: 'unavailable', reason: 'http 503', retryAfterMs });
  });

  test('that cannot be read is as if it were not there', () => {
    expect(answerOf(429, 'soon', '', now)).toEqual({ kind: 'busy' });
    expect(answerOf(429, undefined, '', now)).toEqual({ kind: 'busy' });
  });
});

test('a refusal is described by what is known of it', () => {
  expect(describeRefusal({ status: 400, code: 0, type: 'X' })).toBe('HTTP 400, code 0, X');
  expect(describeRefusal({ status: 413 })).toBe('HTTP 413');
});
