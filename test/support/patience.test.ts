import { afterEach, expect, test, vi } from 'vitest';
import { stretched } from './patience.js';

afterEach(() => vi.unstubAllEnvs());

test('deadlines are as long as OUTFLOW_TEST_PATIENCE asks, and never shorter than written', () => {
  vi.stubEnv('OUTFLOW_TEST_PATIENCE', '1');
  const once = stretched(1_000);
  expect(once).toBeGreaterThanOrEqual(1_000);
  vi.stubEnv('OUTFLOW_TEST_PATIENCE', '4');
  expect(stretched(1_000)).toBeGreaterThan(2 * once); // not just 4 times: the load may have changed meanwhile
});

test('a patience that is no number is refused', () => {
  vi.stubEnv('OUTFLOW_TEST_PATIENCE', 'long');
  expect(() => stretched(1_000)).toThrow('OUTFLOW_TEST_PATIENCE is a number above 0');
});
