import { expect, test } from 'vitest';
import { chunkList, giveBackChunks, hasChunksLeft, takeShare } from '../../src/workflows/chunk-list.js';
import { outageLeftMs, outageMet, outagePatienceMs } from '../../src/workflows/outage.js';
import { pauseOf } from '../../src/workflows/pause-input.js';
import { formatNumber } from '../../src/text/figure.js';
import { detailsOf } from '../../src/workflows/run-text.js';
import { shareText } from '../../src/workflows/share-text.js';
import { failureReport } from '../../src/workflows/step-failure.js';
import type { OutageStop } from '../../src/activation/steps.js';
import { silentFor } from './scripted-steps.js';
import { newRunView, progressOf } from '../../src/workflows/run-view.js';

test('chunks are taken in order, and those given back first', () => {
  const list = chunkList(4);
  expect([1, 2, 3].map(() => takeShare(list, 2, 16))).toEqual([[1], [2], [3]]);
  giveBackChunks(list, [3]);
  giveBackChunks(list, [1]);
  expect(takeShare(list, 1, 16)).toEqual([1, 3]);
  expect(takeShare(list, 1, 16)).toEqual([4]);
  expect(hasChunksLeft(list)).toBe(false);
  expect(takeShare(list, 1, 16)).toEqual([]);
  giveBackChunks(list, [4]);
  expect(hasChunksLeft(list)).toBe(true);
});

test('the more chunks are left, the more are taken at once, and the last ones alone', () => {
  const list = chunkList(1_000);
  const lengths: number[] = [];
  while (hasChunksLeft(list)) lengths.push(takeShare(list, 4, 16).length);
  expect(lengths[0]).toBe(16);
  expect(lengths.slice(-7)).toEqual([1, 1, 1, 1, 1, 1, 1]);
  expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
  expect(lengths.reduce((sum, length) => sum + length)).toBe(1_000);
  expect(lengths.length).toBeLessThan(100);
  expect(takeShare(chunkList(1_000), 4, 2)).toEqual([1, 2]);
});

test('a step says which chunks of the run it sends', () => {
  expect(shareText([12], 100)).toBe('Chunk 12 of 100');
  expect(shareText([32, 36], 100)).toBe('Chunks 32 and 36 of 100');
  expect(shareText([13, 14, 15], 1_000)).toBe('Chunks 13 to 15 of 1,000');
  expect(shareText([3, 1_017, 1_018], 2_000)).toBe('3 chunks between 3 and 1,018 of 2,000');
});

test('an outage is waited out for 24 hours, then the run fails, and the destination is at fault', () => {
  const first = outageMet(undefined, 1_000, silentFor(5_000));
  expect(outageLeftMs(first, 2_000)).toBe(4_000);
  const last = outageMet(first, outagePatienceMs - 4_001, silentFor(5_000));
  expect(last).toMatchObject({ sinceMs: -4_000, failures: 2 });
  expect(() => outageMet(last, outagePatienceMs - 4_000, silentFor(5_000))).toThrow(
    expect.toSatisfy((error) => failureReport(error)?.culprit === 'destination'),
  );
  expect(() => outageMet(last, outagePatienceMs - 4_000, silentFor(5_000))).toThrow(
    'Destination app has not answered for 24 hours, last for ios: connection refused.',
  );
});

test('an outage that ends with too many requests says so, and one that only had them before does not', () => {
  const tooMany: OutageStop = { ...silentFor(5_000), reason: 'http 429', busy: true };
  const busy = outageMet(undefined, 0, tooMany);
  const failure = (met: OutageStop) => () => outageMet(busy, outagePatienceMs, met);
  expect(failure(tooMany)).toThrow(
    expect.toSatisfy((error) => {
      const { code, category, culprit } = failureReport(error) ?? {};
      return code === 'DestinationUnavailable' && category === 'rate_limit' && culprit === 'destination';
    }),
  );
  expect(failure(silentFor(5_000))).toThrow(
    expect.toSatisfy((error) => failureReport(error)?.category === 'connection'),
  );
});

test('the longest wait that a chunk was told counts for all', () => {
  const outage = outageMet(outageMet(undefined, 0, silentFor(60_000)), 1_000, silentFor(5_000));
  expect(outageLeftMs(outage, 1_000)).toBe(59_000);
  expect(outageLeftMs(outage, 61_000)).toBe(0);
  expect(outageLeftMs(undefined, 0)).toBe(0);
});

test('a reason is cut to what fits into the summary of a step', () => {
  const { reason } = pauseOf({ reason: 'é'.repeat(500) }, new Date(0));
  expect(Buffer.byteLength(reason!)).toBeLessThanOrEqual(200);
});

test('figures are written with separators', () => {
  expect([0, 999, 1_000, 1_234_567].map(formatNumber)).toEqual(['0', '999', '1,000', '1,234,567']);
});

test('the details say what a run waits for', () => {
  const view = newRunView();
  const [since, until] = ['2026-11-24T22:00:00.000Z', '2026-11-24T22:00:30.000Z'];
  view.waiting = { for: 'earlier-requests', since, until };
  expect(detailsOf(progressOf(view))).toContain(`for the last request of an earlier run; next try at ${until}`);
  view.outage = outageMet(undefined, Date.parse(since), silentFor(30_000));
  expect(detailsOf(progressOf(view))).toContain(
    `Waiting since 2026-11-24T21:59:55.000Z for destination app (ios), which does not answer (connection refused); next try at ${until}`,
  );
});
