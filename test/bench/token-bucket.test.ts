import { expect, test } from 'vitest';
import { startCountingServer } from '../../bench/counted-calls.js';
import { TokenBucket } from '../../bench/token-bucket.js';

test('two calls may come at once, then one a second', () => {
  const bucket = new TokenBucket(2, 1);
  expect([0, 0, 0, 999, 1000, 1500, 2000].map((ms) => bucket.take(ms))).toEqual([
    ...[true, true, false],
    ...[false, true, false, true],
  ]);
});

test('a rest saves up no more than two calls', () => {
  const bucket = new TokenBucket(2, 1);
  expect([0, 60_000, 60_000, 60_000].map((ms) => bucket.take(ms))).toEqual([true, true, true, false]);
});

test('the counting server answers 429 above its pace, counts it, and takes everything where it has none', async () => {
  const [paced, free] = await Promise.all([startCountingServer({ callsPerSecond: 1 }), startCountingServer()]);
  const statusesOf = async (url: string): Promise<number[]> => {
    const answers = [1, 2, 3].map(() => fetch(url, { method: 'POST', body: 'four' }));
    return (await Promise.all(answers)).map(({ status }) => status);
  };
  try {
    expect((await statusesOf(paced.url)).sort()).toEqual([201, 201, 429]);
    expect(await paced.counted()).toMatchObject({ calls: 3, refused: 1, bytes: 12 });
    expect(await statusesOf(free.url)).toEqual([201, 201, 201]);
    expect(await free.counted()).toMatchObject({ calls: 3, refused: 0 });
    expect(await free.counted()).toMatchObject({ calls: 0, bytes: 0 });
  } finally {
    await Promise.all([paced.end(), free.end()]);
  }
});
