import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EnginePosition } from '../../../src/activation/engine-position.js';
import { pinnedRun } from '../../../src/activities/pinned-run.js';
import { loadChunk } from '../../../src/delivery/outbox/load.js';
import { type Engine, openEngine } from '../../../src/engine/database/database.js';
import { takePlace } from '../../../src/engine/place/place.js';
import { owedSinceSetBack } from '../../../src/engine/place/owed-since-set-back.js';
import { readPosition } from '../../../src/engine/place/position.js';
import { beginSending } from '../../../src/engine/runs/begin-sending.js';
import { closeRun } from '../../../src/engine/runs/close-run.js';
import { decideMode } from '../../../src/engine/runs/full-run.js';
import { type Applicant, openRun } from '../../../src/engine/runs/open-run.js';
import { recordState } from '../../../src/engine/runs/runs.js';
import { settleDiff } from '../../../src/snapshot/diff/settle-diff.js';
import { describeSnapshot } from '../../../src/snapshot/store/describe-snapshot.js';
import { type FreshDatabase, freshDatabase } from '../../support/stack.js';
import {
  applicant,
  applyAll,
  chunksLeft,
  definitionsOf,
  everybodyIsDead,
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

/** A run that has stored two chunks and begun to send them. */
async function sendingRun(activation: string) {
  const run = await opened(engine, applicant(activation));
  await publishDiff(engine, run, { read: 2, new: 2 });
  await writeChunk(engine, run, { seq: 1, rows: 1 });
  await writeChunk(engine, run, { seq: 2, rows: 1 });
  return { run, position: await beginSending(engine, run) };
}

async function openKnowing(told: EnginePosition | undefined, by: Applicant) {
  const run = await openRun(engine, by, everybodyIsDead, told);
  if (run.kind !== 'opened') throw new Error('skipped');
  return run;
}

/** Made while nobody is connected to the original, which is opened again afterwards. */
async function copyOf({ url }: TestEngine): Promise<FreshDatabase> {
  await engine.end();
  try {
    return await freshDatabase(new URL(url).pathname.slice(1));
  } finally {
    const reopened = openEngine(url, { applicationName: 'outflow test' });
    fresh = { ...fresh, engine: reopened, drop: () => reopened.end() };
  }
}

const modeOf = (run: { activationId: number; runId: number }) => decideMode(engine, { run, targets: { ios: 'a' } });

test('a run that has begun to send leaves all its chunks in doubt, marked as attempted or not', async () => {
  const { run } = await sendingRun('loyalty');
  await closeRun(engine, { ...run, outcome: 'failed' });
  expect(await chunksLeft(engine)).toEqual([`${run.runId}/send/1/1`, `${run.runId}/send/2/1`]);
  const next = await opened(engine, applicant('loyalty'));
  expect(await describeSnapshot(engine, next)).toMatchObject({ chunksInDoubt: 2 });
});

test('a run that has not begun to send leaves nothing in doubt', async () => {
  const run = await opened(engine, applicant('loyalty'));
  await publishDiff(engine, run, { read: 1, new: 1 });
  await writeChunk(engine, run, { seq: 1, rows: 1 });
  await closeRun(engine, { ...run, outcome: 'cancelled' });
  expect(await chunksLeft(engine)).toEqual([]);
});

test('each run that begins to send is counted once, however often its steps are repeated', async () => {
  const { run, position } = await sendingRun('loyalty');
  expect(position).toMatchObject({ sendings: 1, runId: run.runId });
  expect(await beginSending(engine, run)).toEqual(position);
  expect((await sendingRun('winback')).position.sendings).toBe(2);
});

test('a run that has lost its claim cannot begin to send', async () => {
  const { run } = await sendingRun('loyalty');
  await opened(engine, applicant('loyalty'));
  await expect(beginSending(engine, run)).rejects.toMatchObject({ code: 'RunSuperseded' });
});

test('a database that lacks nothing of what Temporal knows goes on as before', async () => {
  const { run, position } = await sendingRun('loyalty');
  await modeOf(run);
  await closeRun(engine, { ...run, outcome: 'completed' });
  const next = await openKnowing(position, applicant('loyalty'));
  expect(next.runId).toBe(run.runId + 1);
  expect(await modeOf(next)).toEqual({ mode: 'delta' });
});

test('a database that was set back owes everything, of every activation, closes open runs and counts on above them', async () => {
  const { run, position } = await sendingRun('loyalty');
  await closeRun(engine, { ...run, outcome: 'completed' });
  const open = await sendingRun('winback');
  const told = { ...position, sendings: 7, runId: 40 };

  const next = await openKnowing(told, applicant('loyalty'));
  expect(next.runId).toBeGreaterThan(40);
  const reason = expect.stringContaining('gone back') as string;
  expect(await modeOf(next)).toEqual({ mode: 'full', fullBecause: reason });
  await expect(beginSending(engine, open.run)).rejects.toMatchObject({ code: 'RunSuperseded' });
  const other = await openKnowing(told, applicant('winback'));
  expect(await modeOf(other)).toEqual({ mode: 'full', fullBecause: reason });

  const now = await readPosition(engine.db);
  expect(now.sendings).toBe(7);
  expect(now.epoch).toBeGreaterThan(position.epoch);
});

test('what is owed since the database was set back is said of each activation until it has sent everything again', async () => {
  const { run, position } = await sendingRun('loyalty');
  await closeRun(engine, { ...run, outcome: 'completed' });
  await closeRun(engine, { ...(await sendingRun('winback')).run, outcome: 'completed' });
  expect(await owedSinceSetBack(engine.db)).toBeUndefined();

  const next = await openKnowing({ ...position, sendings: 7 }, applicant('loyalty'));
  const because = expect.stringContaining('gone back') as string;
  expect(await owedSinceSetBack(engine.db)).toMatchObject({ because, owedBy: ['loyalty', 'winback'] });
  await modeOf(next);
  expect(await owedSinceSetBack(engine.db)).toMatchObject({ owedBy: ['loyalty', 'winback'] });
  await publishDiff(engine, next, { read: 0 });
  await closeRun(engine, { ...next, outcome: 'completed' });
  expect(await owedSinceSetBack(engine.db)).toMatchObject({ owedBy: ['winback'] });
});

test('a run that was open at the moment to which the database was set back does not hide what was sent since', async () => {
  await closeRun(engine, { ...(await sendingRun('loyalty')).run, outcome: 'completed' });
  const diffing = await opened(engine, applicant('winback'));
  await publishDiff(engine, diffing, { read: 1, new: 1 });
  await writeChunk(engine, diffing, { seq: 1, rows: 1 });
  const before = await readPosition(engine.db);
  const told = { ...before, sendings: before.sendings + 1, runId: diffing.runId + 1 }; // a run of loyalty that is lost

  await expect(beginSending(engine, diffing, told)).rejects.toMatchObject({ code: 'RunSuperseded' });
  const next = await openKnowing(told, applicant('loyalty'));
  expect(await modeOf(next)).toMatchObject({ mode: 'full' });
});

test('a run that the database lacks, because it was set back to a moment before it, ends as superseded', async () => {
  const { run } = await sendingRun('loyalty');
  const lost = { ...run, runId: run.runId + 1 };
  const superseded = { code: 'RunSuperseded' };
  const ref = { ...lost, engine: 'any', activation: 'loyalty' };
  await expect(pinnedRun(engine, ref)).rejects.toMatchObject(superseded);
  await expect(beginSending(engine, lost)).rejects.toMatchObject(superseded);
  await expect(loadChunk(engine, lost, 1)).rejects.toMatchObject(superseded);
  await expect(settleDiff(engine, lost)).rejects.toMatchObject(superseded);
  await expect(recordState(engine, lost, { state: 'paused' })).rejects.toMatchObject(superseded);
  await expect(closeRun(engine, { ...lost, outcome: 'completed' })).rejects.toMatchObject(superseded);
});

test('what Temporal knew before a restore was noticed is not noticed twice', async () => {
  const { run, position } = await sendingRun('loyalty');
  await closeRun(engine, { ...run, outcome: 'completed' });
  const told = { ...position, sendings: 7 };
  const next = await openKnowing(told, applicant('loyalty'));
  await modeOf(next);
  await closeRun(engine, { ...next, outcome: 'completed' });
  expect(await modeOf(await openKnowing(told, applicant('loyalty')))).toEqual({ mode: 'delta' });
});

test('a database of before an earlier restore opens no run', async () => {
  const { position } = await sendingRun('loyalty');
  const told = { ...position, epoch: position.epoch + 1 };
  await expect(openKnowing(told, applicant('loyalty'))).rejects.toMatchObject({ code: 'EngineMismatch' });
});

test('a copy of the database is refused in its place, by a worker that starts and by one that connects anew', async () => {
  await takePlace(engine);
  await takePlace(engine);
  const copy = await copyOf(fresh);
  const there = openEngine(copy.url, { applicationName: 'outflow test' });
  await expect(takePlace(there)).rejects.toMatchObject({ code: 'EngineMismatch' });
  await there.end();
  const again = openEngine(copy.url, { applicationName: 'outflow test' });
  again.watchPlace();
  await expect(again.db.raw('select')).rejects.toMatchObject({ code: 'EngineMismatch' });
  await expect(again.connect()).rejects.toMatchObject({ code: 'EngineMismatch' });
  await again.end();
  await copy.drop();
});
