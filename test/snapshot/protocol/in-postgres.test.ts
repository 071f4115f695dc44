import fc from 'fast-check';
import { expect, test } from 'vitest';
import { freshDatabase } from '../../support/stack.js';
import { execute } from './execute.js';
import { engineWithActivations, PostgresStore } from './postgres-store.js';
import { program } from './program.js';

const seed = Number(process.env['OUTFLOW_TEST_SEED'] ?? Date.now() % 2 ** 31);
const runs = Number(process.env['OUTFLOW_TEST_POSTGRES_SEQUENCES'] ?? 50);

test(`after ${runs} random histories through PostgreSQL nothing is lost and every figure adds up (seed ${seed})`, async () => {
  console.log(`random histories through PostgreSQL: seed ${seed}`);
  const database = await freshDatabase();
  // Shrinking plays further histories: each needs an activation that nothing has touched.
  const names = Array.from({ length: 20 * runs }, (_, i) => `history-${i}`);
  const engine = await engineWithActivations(database.url, names);
  try {
    const property = fc.asyncProperty(program, async (steps) =>
      execute(steps, new PostgresStore(engine, names.pop()!)),
    );
    await expect(fc.assert(property, { seed, numRuns: runs })).resolves.toBeUndefined();
    expect(PostgresStore.repeated, 'diffs that repeat the one before').toBeGreaterThan(0);
  } finally {
    await engine.end();
    await database.drop();
  }
});
