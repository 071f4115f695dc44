import { describe, expect, test } from 'vitest';
import type { OutageStop } from '../../src/activation/steps.js';
import type { Verdict } from '../../src/destinations/destination.js';
import { deliverChunk } from '../../src/delivery/deliver.js';
import { accepted, scripted } from './scripted-delivery.js';

const unavailable: Verdict = { kind: 'unavailable', reason: 'http 503' };

function later(told: Partial<OutageStop>): OutageStop {
  const at = { destination: 'app', target: 'ios', reason: 'http 503' };
  return { status: 'later', because: 'outage', waitMs: 0, lastedMs: 0, failures: 1, ...at, ...told };
}

function delays(log: string[]): number[] {
  return log.filter((line) => line.startsWith('sleep')).map((line) => Number(line.slice(6)));
}

describe.each<[string, Verdict]>([
  ['429', { kind: 'busy' }],
  ['503', unavailable],
  ['a time-out', { kind: 'unavailable', reason: 'timeout' }],
])('after %s', (_name, answer) => {
  test('the same call is made again, paced and marked anew, no sooner than 5 s later', async () => {
    const delivery = scripted(10, (_app, _from, _to, nth) => (nth === 1 ? answer : accepted));
    expect(await deliverChunk(delivery.input)).toMatchObject({ status: 'done' });
    const [delay] = delays(delivery.log);
    expect(delay).toBeGreaterThanOrEqual(5_000);
    expect(delivery.log.filter((line) => !line.startsWith('slow'))).toEqual([
      ...['pace ios', 'mark', 'post ios 0-10', `sleep ${delay!}`],
      ...['pace ios', 'mark', 'post ios 0-10'],
    ]);
  });

  test('for about two minutes it is tried again in place, then later', async () => {
    const delivery = scripted(10, () => answer);
    expect(await deliverChunk(delivery.input)).toMatchObject({ status: 'later', because: 'outage' });
    expect(delivery.clock.ms).toBeGreaterThan(60_000);
    expect(delivery.clock.ms).toBeLessThanOrEqual(120_000);
    expect(delivery.saved).toEqual({});
  });

  test('withdrawing ends the wait without another request', async () => {
    const delivery = scripted(10, () => answer);
    delivery.input.sleep = () => {
      delivery.withdraw();
      return Promise.resolve();
    };
    expect(await deliverChunk(delivery.input)).toEqual({ status: 'more' });
    expect(delivery.posts).toHaveLength(1);
  });
});

test('Retry-After sets the wait', async () => {
  const delivery = scripted(10, (_app, _from, _to, nth) =>
    nth === 1 ? { kind: 'busy', retryAfterMs: 2_000 } : accepted,
  );
  await deliverChunk(delivery.input);
  expect(delays(delivery.log)).toEqual([2_000]);
});

test('Retry-After beyond the two minutes is left to the caller at once', async () => {
  const delivery = scripted(10, () => ({ ...unavailable, retryAfterMs: 600_000 }));
  expect(await deliverChunk(delivery.input)).toEqual(later({ waitMs: 600_000, reason: 'http 503' }));
  expect(delivery.clock.ms).toBe(0);
});

test('whoever is called in the middle of an outage waits as long as the failures before it say', async () => {
  const delivery = scripted(10, () => unavailable, { failuresBefore: 7 });
  delivery.input.limits.busyForMs = 10_000;
  const stop = await deliverChunk(delivery.input);
  expect(stop).toMatchObject({ because: 'outage', failures: 8, lastedMs: 0 });
  expect(stop.status === 'later' && stop.waitMs).toBeGreaterThanOrEqual(40_000);
  expect(delivery.posts).toHaveLength(1);
});

test('whoever is called later learns whether the last answer was 429', async () => {
  const waitMs = 600_000;
  const busy = scripted(10, () => ({ kind: 'busy', retryAfterMs: waitMs }));
  expect(await deliverChunk(busy.input)).toEqual(later({ waitMs, reason: 'http 429', busy: true }));
  const busyBefore = scripted(10, (_app, _from, _to, nth) =>
    nth === 1 ? { kind: 'busy' } : { ...unavailable, retryAfterMs: waitMs },
  );
  const stop = await deliverChunk(busyBefore.input);
  expect(stop).toEqual(later({ waitMs, reason: 'http 503', failures: 2, lastedMs: busyBefore.clock.ms }));
});

test('429 slows all senders of the app down, 503 does not', async () => {
  const busy = scripted(10, (_app, _from, _to, nth) => (nth === 1 ? { kind: 'busy' } : accepted));
  await deliverChunk(busy.input);
  expect(busy.log).toContain('slow ios');
  const down = scripted(10, (_app, _from, _to, nth) => (nth === 1 ? unavailable : accepted));
  await deliverChunk(down.input);
  expect(down.log).not.toContain('slow ios');
});

test('the two minutes begin anew with each call', async () => {
  const limits = {
    maxRejectedPerChunk: 100,
    callRows: 10_000,
    callBytes: 1000,
    busyForMs: 120_000,
    budgetMs: 1_000_000,
  };
  const failed = new Set<string>();
  const delivery = scripted(
    10,
    (app) => {
      if (failed.has(app)) return accepted;
      failed.add(app);
      return { ...unavailable, retryAfterMs: 100_000 };
    },
    { targets: ['ios', 'android', 'web'], limits },
  );
  expect(await deliverChunk(delivery.input)).toMatchObject({ status: 'done' });
  expect(delivery.clock.ms).toBe(300_000);
});

test.each([
  [401, 'access'],
  [403, 'access'],
  [404, 'not_found'],
  [302, 'access'],
])('a refusal of access by %i fails at once, naming destination, target and remedy', async (status, category) => {
  const refusal = { status, code: 'AUTHENTICATION_INVALID 10' };
  const delivery = scripted(10, () => ({ kind: 'unauthorized', refusal, remedy: 'Correct the key.' }));
  await expect(deliverChunk(delivery.input)).rejects.toMatchObject({
    code: 'DestinationUnauthorized',
    category,
    message: `Batch refuses the access of destination "app" for ios: HTTP ${status}, AUTHENTICATION_INVALID 10.`,
    remedy: 'Correct the key.',
  });
  expect(delivery.posts).toHaveLength(1);
});

describe('the pace', () => {
  test('is waited for before the mark', async () => {
    const delivery = scripted(10, () => accepted, { pace: () => Promise.resolve({ kind: 'go', waitMs: 700 }) });
    await deliverChunk(delivery.input);
    expect(delivery.log).toEqual(['sleep 700', 'mark', 'post ios 0-10']);
  });

  test('that allows nothing soon is left to the caller', async () => {
    const delivery = scripted(10, () => accepted, { pace: () => Promise.resolve({ kind: 'later', waitMs: 30_000 }) });
    expect(await deliverChunk(delivery.input)).toEqual({ status: 'later', because: 'rate', waitMs: 30_000 });
    expect(delivery.log).toEqual([]);
  });

  test('is not kept by a delivery that is withdrawn meanwhile', async () => {
    const delivery = scripted(10, () => accepted, { pace: () => Promise.resolve({ kind: 'go', waitMs: 700 }) });
    delivery.input.sleep = () => {
      delivery.withdraw();
      return Promise.resolve();
    };
    expect(await deliverChunk(delivery.input)).toEqual({ status: 'more' });
    expect(delivery.log).toEqual([]);
  });
});

describe('the mark', () => {
  function marksTaking(...durations: number[]) {
    let marks = 0;
    const delivery = scripted(10, () => accepted);
    delivery.input.mark = () => {
      delivery.clock.ms += durations[Math.min(marks++, durations.length - 1)]!;
      return Promise.resolve();
    };
    return { delivery, marks: () => marks };
  }

  test('is made again when the process stood still for more than 2 s since it was asked for', async () => {
    const { delivery, marks } = marksTaking(2_001, 10);
    await deliverChunk(delivery.input);
    expect(marks()).toBe(2);
    expect(delivery.posts).toHaveLength(1);
  });

  test('is made once when it took 2 s', async () => {
    const { delivery, marks } = marksTaking(2_000);
    await deliverChunk(delivery.input);
    expect(marks()).toBe(1);
  });

  test('that never becomes fresh fails the call, and nothing is sent', async () => {
    const { delivery } = marksTaking(2_001);
    await expect(deliverChunk(delivery.input)).rejects.toMatchObject({ code: 'EngineUnreachable' });
    expect(delivery.posts).toEqual([]);
  });

  test('that is refused sends nothing, and its error leaves untouched', async () => {
    const superseded = new Error('superseded');
    const delivery = scripted(10, () => accepted, { mark: () => Promise.reject(superseded) });
    await expect(deliverChunk(delivery.input)).rejects.toBe(superseded);
    expect(delivery.posts).toEqual([]);
  });
});

test.each(['save', 'post'] as const)('an error of %s leaves untouched', async (port) => {
  const fault = new Error('fault');
  const delivery = scripted(10, () => accepted, { targets: ['ios', 'android'], [port]: () => Promise.reject(fault) });
  await expect(deliverChunk(delivery.input)).rejects.toBe(fault);
});
