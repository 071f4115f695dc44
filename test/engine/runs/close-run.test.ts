import { afterEach, beforeEach, expect, test } from 'vitest';
import { errorReport } from '../../../src/activation/errors.js';
import { activationStatuses } from '../../../src/engine/runs/activation-status.js';
import { findHolder } from '../../../src/engine/claim/claim.js';
import { closeRun } from '../../../src/engine/runs/close-run.js';
import type { Engine } from '../../../src/engine/database/database.js';
import { listRuns, recordState, runResult, setRowsRead } from '../../../src/engine/runs/runs.js';
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

const name = 'loyalty';
let fresh: TestEngine;
let engine: Engine;

beforeEach(async () => {
  fresh = await freshEngine();
  engine = fresh.engine;
  await applyAll(engine, definitionsOf(name));
});
afterEach(() => fresh.drop());

const everythingSentAt = async () =>
  (await engine.db<{ everything_sent_at: Date | null }>('outflow.snapshot').first('everything_sent_at'))
    ?.everything_sent_at;

/** A run whose 5 changes were sent in two chunks. */
async function sentRun(rejected = 0) {
  const run = await opened(engine, applicant(name));
  await publishDiff(engine, run, { read: 9, unchanged: 4, new: 3, changed: 2, gone: 1 });
  const acked = { accepted: 3 - rejected, rejected, attributesSent: 3 };
  await writeChunk(engine, run, { seq: 1, rows: 3, attempted: 1, acked, requests: 2 });
  const rest = { accepted: 2, rejected: 0, attributesSent: 4 };
  await writeChunk(engine, run, { seq: 2, rows: 2, attempted: 1, acked: rest, requests: 3 });
  return run;
}

test('while a run is open its figures follow what is acknowledged', async () => {
  const run = await opened(engine, applicant(name));
  await setRowsRead(engine, run, 4_000);
  expect((await runResult(engine, run.runId)).counts).toMatchObject({ read: 4_000, new: 0, unsent: 0 });

  await publishDiff(engine, run, {
    read: 9_000,
    unchanged: 8_990,
    new: 6,
    invalid: { null_identifier: 3, empty_identifier: 1 },
    invalidValues: [5],
  });
  await writeChunk(engine, run, {
    seq: 1,
    rows: 4,
    attempted: 1,
    acked: { accepted: 3, rejected: 1, attributesSent: 3 },
    requests: 2,
  });
  await writeChunk(engine, run, { seq: 2, rows: 2, requests: 1, invalidValues: [2] });
  await writeChunk(engine, run, { seq: 1, rows: 99, diffAttempt: 7, invalidValues: [50] });
  expect(await runResult(engine, run.runId)).toMatchObject({
    state: 'diffing',
    outcome: null,
    counts: {
      read: 9_000,
      unchanged: 8_990,
      new: 6,
      invalid: 4,
      accepted: 3,
      rejected: 1,
      unsent: 2,
      invalidValues: 3,
    },
    attributesSent: 3,
    requests: 3,
  });
});

test('an unchanged run shows the invalid values that stand', async () => {
  const run = await opened(engine, applicant(name));
  await publishDiff(engine, run, { read: 2, unchanged: 2, invalidValues: [1, 2] });
  expect((await runResult(engine, run.runId)).counts.invalidValues).toBe(3);
  const result = await closeRun(engine, { ...run, outcome: 'completed' });
  expect(result).toMatchObject({ outcome: 'completed_with_warnings', counts: { invalidValues: 3 } });
});

test('closing keeps the figures, releases the claim and is safe to repeat', async () => {
  const run = await sentRun();
  const result = await closeRun(engine, { ...run, outcome: 'completed' });
  expect(result).toMatchObject({
    activation: name,
    runId: run.runId,
    state: 'closed',
    outcome: 'completed',
    counts: { read: 9, unchanged: 4, new: 3, changed: 2, gone: 1, invalid: 0, accepted: 5, rejected: 0, unsent: 0 },
    attributesSent: 7,
    requests: 5,
  });
  expect(Date.parse(result.finishedAt!)).toBeGreaterThanOrEqual(Date.parse(result.startedAt));
  expect(result).not.toHaveProperty('error');
  expect(await findHolder(engine.db, run.activationId)).toBeUndefined();
  expect(await closeRun(engine, { ...run, outcome: 'failed' })).toEqual(result);

  await engine.db('outflow.change_chunk').delete();
  expect(await runResult(engine, run.runId), 'also when its chunks are folded').toEqual(result);
});

test.each([
  ['a rejected contact', 1, {}],
  ['an invalid row', 0, { invalid: { null_identifier: 1 } }],
  ['an invalid value', 0, { invalidValues: [1] }],
  ['a contact that was refused before and waits', 0, { deferred: 1 }],
])('a completed run with %s is completed with warnings', async (_, rejected, found) => {
  const run = await opened(engine, applicant(name));
  await publishDiff(engine, run, { read: 1, new: 1, ...found });
  const acked = { accepted: 1 - rejected, rejected, attributesSent: 0 };
  await writeChunk(engine, run, { seq: 1, rows: 1, attempted: 1, acked });
  expect((await closeRun(engine, { ...run, outcome: 'completed' })).outcome).toBe('completed_with_warnings');
});

test('a cancelled run keeps what is in doubt, drops what was never attempted and counts both as unsent', async () => {
  const run = await opened(engine, applicant(name));
  await publishDiff(engine, run, { read: 6, new: 6 });
  await writeChunk(engine, run, {
    seq: 1,
    rows: 1,
    attempted: 5,
    acked: { accepted: 1, rejected: 0, attributesSent: 1 },
  });
  await writeChunk(engine, run, { seq: 2, rows: 2, attempted: 5 });
  await writeChunk(engine, run, { seq: 3, rows: 3 });
  await writeChunk(engine, run, { seq: 1, rows: 8, kind: 'settle', acked: 'settled' });
  const result = await closeRun(engine, {
    ...run,
    outcome: 'cancelled',
    error: errorReport('Cancelled', 'Cancelled.', 'Run it again.'),
  });
  expect(result).toMatchObject({
    outcome: 'cancelled',
    counts: { accepted: 1, unsent: 5 },
    error: { code: 'Cancelled' },
  });
  const { runId } = run;
  expect(await chunksLeft(engine)).toEqual([`${runId}/send/1/1`, `${runId}/send/2/1`, `${runId}/settle/1/1`]);
  expect(await everythingSentAt()).toBeNull();
});

test('a held run that was cancelled leaves nothing: its invalid values are those that stood before', async () => {
  const run = await opened(engine, applicant(name));
  await publishDiff(engine, run, { read: 9, new: 2, changed: 1, gone: 3, invalidValues: [7] });
  await writeChunk(engine, run, { seq: 1, rows: 3, invalidValues: [4] });
  await writeChunk(engine, run, { seq: 1, rows: 5, kind: 'settle', invalidValues: [-2] });
  const held = { name: `run-${run.runId}`, guards: [], since: new Date().toISOString() };
  await recordState(engine, run, { state: 'held', hold: held });
  expect(await runResult(engine, run.runId)).toMatchObject({ state: 'held', hold: held, counts: { invalidValues: 5 } });
  expect(await closeRun(engine, { ...run, outcome: 'cancelled' })).toMatchObject({
    outcome: 'cancelled',
    hold: held,
    counts: { new: 2, changed: 1, gone: 3, accepted: 0, unsent: 3, invalidValues: 5 },
  });
  expect(await chunksLeft(engine)).toEqual([]);
});

test('a hold stays on record when it was approved and the run goes on', async () => {
  const run = await opened(engine, applicant(name));
  const held = { name: `run-${run.runId}`, guards: [], since: '2026-01-02T03:04:05.000Z' };
  const approved = { ...held, approved: { at: '2026-01-02T04:00:00.000Z', by: 'anna' } };
  await recordState(engine, run, { state: 'held', hold: held });
  await recordState(engine, run, { state: 'sending', hold: approved });
  await recordState(engine, run, { state: 'paused', reason: 'lunch' });
  expect(await runResult(engine, run.runId)).toMatchObject({ state: 'paused', hold: approved });
});

test('a run that failed before its diff was published read nothing, as far as its figures go', async () => {
  const run = await opened(engine, applicant(name));
  await setRowsRead(engine, run, 4_000);
  const result = await closeRun(engine, { ...run, outcome: 'failed' });
  expect(result.counts).toMatchObject({ read: 0, unchanged: 0, new: 0, invalid: 0, unsent: 0 });
});

test('the first run that completes has sent everything; a later delta run says nothing of it', async () => {
  await closeRun(engine, { ...(await sentRun()), outcome: 'completed' });
  const first = await everythingSentAt();
  expect(first).toBeInstanceOf(Date);
  await closeRun(engine, { ...(await sentRun()), outcome: 'completed' });
  expect(await everythingSentAt()).toEqual(first);
});

test('invalid rows of older runs go when a newer run has published its own, not before', async () => {
  const writeBlock = (run: { runId: number; activationId: number }) =>
    engine.db('outflow.invalid_row_block').insert({
      activation_id: run.activationId,
      run_id: run.runId,
      diff_attempt: 1,
      seq: 1,
      row_count: 1,
      data: Buffer.from('null_identifier\t\\N\n'),
    });
  const runsWithBlocks = () => engine.db<{ run_id: number }>('outflow.invalid_row_block').pluck('run_id');

  const first = await sentRun();
  await writeBlock(first);
  await closeRun(engine, { ...first, outcome: 'completed' });
  const failed = await opened(engine, applicant(name));
  await writeBlock(failed);
  await closeRun(engine, { ...failed, outcome: 'failed' });
  expect(await runsWithBlocks()).toEqual([first.runId]);
  const third = await sentRun();
  await writeBlock(third);
  await closeRun(engine, { ...third, outcome: 'completed' });
  expect(await runsWithBlocks()).toEqual([third.runId]);
});

test('a state is recorded with its reason, and repeating it does not restart its time', async () => {
  const run = await opened(engine, applicant(name));
  await recordState(engine, run, { state: 'paused', reason: 'a sale is on' });
  const [before] = await activationStatuses(engine, name);
  await recordState(engine, run, { state: 'paused', reason: 'a sale is on' });
  const [after] = await activationStatuses(engine, name);
  expect(after).toEqual(before);
  expect(after?.openRun).toMatchObject({
    result: { runId: run.runId, state: 'paused' },
    stateReason: 'a sale is on',
  });
});

test('a run that is closed records no state', async () => {
  const run = await sentRun();
  await closeRun(engine, { ...run, outcome: 'completed' });
  await expect(recordState(engine, run, { state: 'sending' })).rejects.toMatchObject({
    code: 'RunSuperseded',
    message: `Run ${run.runId} no longer holds its activation: it was closed, or another run took over.`,
  });
  await expect(setRowsRead(engine, run, 1)).rejects.toMatchObject({ code: 'RunSuperseded' });
});

test('runs are listed newest first, of all activations or of one', async () => {
  await applyAll(engine, definitionsOf(name, 'winback'));
  const first = await closeRun(engine, { ...(await sentRun()), outcome: 'completed' });
  const other = await opened(engine, applicant('winback'));
  const third = await opened(engine, applicant(name));
  const ids = async (activation?: string, limit = 10) =>
    (await listRuns(engine, { limit, ...(activation === undefined ? {} : { activation }) })).map((run) => run.runId);
  expect(await ids()).toEqual([third.runId, other.runId, first.runId]);
  expect(await ids(undefined, 2)).toEqual([third.runId, other.runId]);
  expect(await ids(name)).toEqual([third.runId, first.runId]);
  await expect(ids('loyalti')).rejects.toMatchObject({ code: 'ActivationUnknown', remedy: 'Did you mean "loyalty"?' });
});

test('the status of an activation has its open run and the last one that ended', async () => {
  const ended = await closeRun(engine, { ...(await sentRun()), outcome: 'completed' });
  expect(await activationStatuses(engine)).toEqual([{ activationId: 1, name, lastRun: ended }]);
  const open = await opened(engine, applicant(name));
  expect(await activationStatuses(engine)).toMatchObject([
    { openRun: { result: { runId: open.runId } }, lastRun: ended },
  ]);
});
