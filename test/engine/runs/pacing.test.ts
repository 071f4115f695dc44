import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Engine, openEngine } from '../../../src/engine/database/database.js';
import { pushBack, reserve } from '../../../src/engine/runs/pacing.js';
import { freshEngine, type TestEngine } from '../engine-fixture.js';

let fresh: TestEngine;
let engine: Engine;
let timeline: string;

beforeAll(async () => {
  fresh = await freshEngine();
  engine = fresh.engine;
});
beforeEach(() => {
  timeline = randomUUID();
});
afterAll(() => fresh.drop());

const waitOf = (reservation: object): number => {
  if (!('waitMs' in reservation)) throw new Error('nothing was reserved');
  return reservation.waitMs as number;
};

test('the first call starts at once, the next ones a cost apart', async () => {
  expect(waitOf(await reserve(engine, timeline, 3_000))).toBe(0);
  const second = waitOf(await reserve(engine, timeline, 3_000));
  const third = waitOf(await reserve(engine, timeline, 3_000));
  expect(second).toBeGreaterThan(2_000);
  expect(second).toBeLessThanOrEqual(3_000);
  expect(third - second).toBeGreaterThan(2_000);
  expect(third).toBeLessThanOrEqual(6_000);
});

test('timelines do not wait for each other', async () => {
  await reserve(engine, timeline, 9_000);
  expect(await reserve(engine, randomUUID(), 9_000)).toEqual({ waitMs: 0 });
});

test('nothing is reserved that would start later than in 10 seconds', async () => {
  await reserve(engine, timeline, 15_000);
  const refused = await reserve(engine, timeline, 1_000);
  expect(refused).toEqual({ laterMs: expect.any(Number) as number });
  const { laterMs } = refused as { laterMs: number };
  expect(laterMs, 'when the moment comes within 10 seconds').toBeGreaterThan(4_000);
  expect(laterMs).toBeLessThanOrEqual(5_000);
  const again = await reserve(engine, timeline, 1_000);
  expect((again as { laterMs: number }).laterMs, 'asking took nothing').toBeLessThanOrEqual(laterMs);
});

test('many workers that ask at once get moments of their own', async () => {
  const engines = Array.from({ length: 4 }, (_, i) => openEngine(fresh.url, { applicationName: `pace ${i}` }));
  const before = performance.now();
  const waits = await Promise.all(
    engines.flatMap((each) => [reserve(each, timeline, 500), reserve(each, timeline, 500)]),
  );
  const tookMs = performance.now() - before;
  await Promise.all(engines.map((each) => each.end()));
  const moments = waits.map(waitOf).sort((a, b) => a - b);
  expect(moments[0]).toBe(0);
  // Each waits for its own moment, 500 ms after the one before; the later ones have asked up to `tookMs` later.
  expect(moments[7]).toBeGreaterThan(7 * 500 - tookMs);
  expect(moments[7]).toBeLessThanOrEqual(7 * 500);
});

test('a rest that the destination asks for holds for all, and never shortens a longer one', async () => {
  await pushBack(engine, timeline, 8_000);
  await pushBack(engine, timeline, 2_000);
  const waitMs = waitOf(await reserve(engine, timeline, 1_000));
  expect(waitMs).toBeGreaterThan(6_000);
  expect(waitMs).toBeLessThanOrEqual(8_000);
  await pushBack(engine, timeline, 60_000);
  expect(await reserve(engine, timeline, 1_000)).toHaveProperty('laterMs');
});
