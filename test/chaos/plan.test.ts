import { expect, test } from 'vitest';
import { described, plan } from './plan.js';
import { Random } from './random.js';

const linesOf = (seed: number, minutes: number) => plan(new Random(seed), minutes).map(described);

test('the same seed injects the same faults with the same parameters, in the same order', () => {
  expect(linesOf(7, 10)).toEqual(linesOf(7, 10));
  expect(linesOf(8, 10)).not.toEqual(linesOf(7, 10));
});

test('more minutes only add to the faults of fewer', () => {
  const short = linesOf(7, 2);
  expect(linesOf(7, 5).slice(0, short.length)).toEqual(short);
});

test('a few minutes have every kind of fault', () => {
  const kinds = new Set(plan(new Random(7), 20).flatMap(({ act, weather }) => [act.kind, weather?.kind]));
  expect([...kinds].filter((kind) => kind !== undefined).sort()).toMatchInlineSnapshot(`
    [
      "answered-by-stranger",
      "arrived-late",
      "cancelled",
      "database-set-back",
      "dropped-connections",
      "ended-before-answer",
      "engine-killed",
      "healed",
      "held",
      "killed-while-diffing",
      "killed-while-folding",
      "latency",
      "lost-answers",
      "mapping-changed",
      "passed-deadline",
      "paused-and-resumed",
      "paused-automatically",
      "poisoned",
      "reset",
      "silence",
      "source-restarted",
      "started-at-once",
      "stopped-before-acknowledgement",
      "stopped-before-post",
      "storm-429",
      "storm-500",
      "storm-503",
      "temporal-killed",
      "terminated",
      "type-changed",
      "worker-killed",
      "worker-stopped",
    ]
  `);
});
