import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeRun } from '../../../src/engine/runs/close-run.js';
import type { Engine } from '../../../src/engine/database/database.js';
import { decideMode } from '../../../src/engine/runs/full-run.js';
import { describeReset, resetSnapshot } from '../../../src/engine/runs/reset.js';
import { listRuns } from '../../../src/engine/runs/runs.js';
import {
  applicant,
  applyAll,
  chunksLeft,
  definitionsOf,
  freshEngine,
  opened,
  publishDiff,
  type TestEngine,
  writeChunk,
} from '../engine-fixture.js';

let fresh: TestEngine;
let engine: Engine;

beforeEach(async () => {
  fresh = await freshEngine();
  engine = fresh.engine;
  await applyAll(engine, definitionsOf('loyalty', 'winback'));
});
afterEach(() => fresh.drop());

/** A run of the activation with one acknowledged chunk and a block. */
async function sentRun(activation: string) {
  const run = await opened(engine, applicant(activation));
  await publishDiff(engine, run, { read: 9, unchanged: 4, new: 2, changed: 1, invalid: { null_identifier: 2 } });
  const acked = { accepted: 3, rejected: 0, attributesSent: 3 };
  await writeChunk(engine, run, { seq: 1, rows: 3, attempted: 1, acked });
  await engine.db('outflow.snapshot_block').insert({
    activation_id: run.activationId,
    generation: 4,
    seq: 1,
    row_count: 1,
    data: Buffer.from('a@x.fr\tgold\n'),
    hashes: Buffer.alloc(8),
    places: Buffer.alloc(8),
  });
  await engine
    .db('outflow.snapshot')
    .where({ activation_id: run.activationId })
    .update({ generation: 4, row_count: 1, target_fingerprints: { ios: 'a' } });
  return run;
}

const snapshotOf = (activationId: number) =>
  engine.db<{ activation_id: number }>('outflow.snapshot').where({ activation_id: activationId }).first();

test('a reset says how many contacts it costs; then the next run sends everything, and no contact is forgotten', async () => {
  const run = await sentRun('loyalty');
  await closeRun(engine, { ...run, outcome: 'completed' });
  const other = await sentRun('winback');
  expect(await describeReset(engine, 'loyalty')).toEqual({ contacts: 7 });
  await resetSnapshot(engine, 'loyalty');

  expect(await snapshotOf(run.activationId)).toMatchObject({ generation: 4, row_count: 1 });
  const next = await opened(engine, applicant('loyalty'));
  const asked = { run: next, targets: { ios: 'a' } };
  expect(await decideMode(engine, asked)).toEqual({ mode: 'full', fullBecause: 'reset' });
  expect(await snapshotOf(run.activationId)).toMatchObject({ owed_before_run: next.runId, full_due: null });
  expect(await listRuns(engine, { activation: 'loyalty', limit: 2 })).toMatchObject([{}, { counts: { accepted: 3 } }]);
  expect(await chunksLeft(engine)).toEqual([`${run.runId}/send/1/1`, `${other.runId}/send/1/1`]);
  expect(await snapshotOf(other.activationId)).toMatchObject({ full_due: null });
});

test('a reset is refused while a run is open', async () => {
  const run = await sentRun('loyalty');
  await expect(resetSnapshot(engine, 'loyalty')).rejects.toMatchObject({
    code: 'RunAlreadyOpen',
    message: `Activation "loyalty" cannot be reset: its run ${run.runId} is open.`,
  });
  expect(await snapshotOf(run.activationId)).toMatchObject({ generation: 4 });
});

test('a reset of an activation that is not applied proposes the nearest name', async () => {
  await expect(resetSnapshot(engine, 'loyalti')).rejects.toMatchObject({ remedy: 'Did you mean "loyalty"?' });
});
