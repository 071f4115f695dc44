import fc from 'fast-check';
import { expect, test } from 'vitest';
import { execute } from './execute.js';
import { MemoryStore } from './memory-store.js';
import { program } from './program.js';

const seed = Number(process.env['OUTFLOW_TEST_SEED'] ?? Date.now() % 2 ** 31);
const runs = Number(process.env['OUTFLOW_TEST_SEQUENCES'] ?? 2000);

test(`after ${runs} random histories in memory nothing is lost and every figure adds up (seed ${seed})`, async () => {
  console.log(`random histories in memory: seed ${seed}`);
  const property = fc.asyncProperty(program, async (steps) => execute(steps, new MemoryStore()));
  await expect(fc.assert(property, { seed, numRuns: runs })).resolves.toBeUndefined();
});
