import { expect, test } from 'vitest';
import { retryDelayMs } from '../../src/delivery/retry-timing.js';

test.each([
  [1, 5_000, 7_500],
  [2, 10_000, 15_000],
  [3, 20_000, 30_000],
  [4, 40_000, 60_000],
  [5, 40_000, 60_000],
  [1000, 40_000, 60_000],
])('failure %i is followed by %i to %i ms', (failures, shortest, longest) => {
  expect(retryDelayMs(failures, undefined, 0)).toBe(shortest);
  expect(retryDelayMs(failures, undefined, 1)).toBe(longest);
});

test('senders that failed together are spread', () => {
  expect(new Set(Array.from({ length: 20 }, () => retryDelayMs(1))).size).toBeGreaterThan(1);
});

test('Retry-After wins, shorter or longer', () => {
  expect(retryDelayMs(4, 2_000, 1)).toBe(2_000);
  expect(retryDelayMs(1, 300_000, 0)).toBe(300_000);
});

test('Retry-After is kept within a second and an hour', () => {
  expect(retryDelayMs(1, 0)).toBe(1_000);
  expect(retryDelayMs(1, 1e12)).toBe(3_600_000);
});
