import { expect, test } from 'vitest';
import { retryAfter } from '../../../src/destinations/kit/retry-after.js';

const now = Date.parse('2026-03-01T09:00:00Z');

test.each([
  ['7', 7_000],
  ['0', 0],
  ['Sun, 01 Mar 2026 09:01:00 GMT', 60_000],
])('%s is a wait', (header, retryAfterMs) => {
  expect(retryAfter(header, now)).toEqual({ retryAfterMs });
});

test.each([
  undefined,
  '',
  'soon',
  '-1',
  '1.5',
  '99999999999',
  '1e3',
  ' 7',
  '2026-03-01T09:01:00Z',
  'Sun, 01 Mar 2026 08:00:00 GMT',
  'Sun, 99 Mar 2026 09:01:00 GMT',
])('%s is as if it were not there', (header) => {
  expect(retryAfter(header, now)).toEqual({});
});
