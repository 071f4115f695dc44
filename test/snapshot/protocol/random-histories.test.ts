import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seed } from '../../support/seed.js';
import { freshDatabase } from '../../support/stack.js';
import { execute } from './execute.js';
import { MemoryStore } from './memory-store.js';
import { engineWithActivations, PostgresStore } from './postgres-store.js';
import { program } from './program.js';

const inMemory = Number(process.env['OUTFLOW_TEST_SEQUENCES'] ?? 2000);
const inPostgres = Number(process.env['OUTFLOW_TEST_POSTGRES_SEQUENCES'] ?? 50);

test(`after ${inMemory} random histories in memory nothing is lost and every figure adds up (seed ${seed})`, async () => {
  const property = fc.asyncProperty(program, async (steps) => execute(steps, new MemoryStore()));
  await expect(fc.assert(property, { numRuns: inMemory })).resolves.toBeUndefined();
});

test(`after ${inPostgres} random histories through PostgreSQL nothing is lost and every figure adds up (seed ${seed})`, async () => {
  const database = await freshDatabase();
  // Shrinking plays further histories: each needs an activation that nothing has touched.
  const names = Array.from({ length: 20 * inPostgres }, (_, i) => `history-${i}`);
  const engine = await engineWithActivations(database.url, names);
  try {
    const property = fc.asyncProperty(program, async (steps) =>
      execute(steps, new PostgresStore(engine, names.pop()!)),
    );
    await expect(fc.assert(property, { numRuns: inPostgres })).resolves.toBeUndefined();
    expect(PostgresStore.repeated, 'diffs that repeat the one before').toBeGreaterThan(0);
  } finally {
    await engine.end();
    await database.drop();
  }
});
