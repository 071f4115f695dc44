import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeRun } from '../../../src/engine/runs/close-run.js';
import type { Engine } from '../../../src/engine/database/database.js';
import { decideMode } from '../../../src/engine/runs/full-run.js';
import { resetSnapshot } from '../../../src/engine/runs/reset.js';
import { runResult } from '../../../src/engine/runs/runs.js';
import {
  applicant,
  applyAll,
  definitionsOf,
  freshEngine,
  opened,
  publishDiff,
  type TestEngine,
  writeChunk,
} from '../engine-fixture.js';

const name = 'loyalty';
const keys = { ios: 'a', android: 'b' };
const HOUR_MS = 3_600_000;
let fresh: TestEngine;
let engine: Engine;

beforeEach(async () => {
  fresh = await freshEngine();
  engine = fresh.engine;
  await applyAll(engine, definitionsOf(name));
});
afterEach(() => fresh.drop());

const openAnother = () => opened(engine, applicant(name));
type Run = Awaited<ReturnType<typeof openAnother>>;

async function sendAndClose(run: Run, outcome: 'completed' | 'failed' = 'completed'): Promise<void> {
  await publishDiff(engine, run, { read: 1, new: 1 });
  const acked = { accepted: 1, rejected: 0, attributesSent: 1 };
  await writeChunk(engine, run, { seq: 1, rows: 1, attempted: 1, acked });
  await closeRun(engine, { ...run, outcome });
}

/** A first run that is done: the snapshot has a contact and knows the keys. */
async function firstRun(): Promise<void> {
  const run = await openAnother();
  expect(await decideMode(engine, { run, targets: keys })).toEqual({ mode: 'delta' });
  await sendAndClose(run);
}

async function completedAgo(hours: number): Promise<void> {
  const everything_sent_at = engine.db.raw('now() - make_interval(hours => ?)', [hours]);
  await engine.db('outflow.snapshot').update({ everything_sent_at });
}

const owedBefore = async () =>
  (await engine.db<{ owed_before_run: number }>('outflow.snapshot').first('owed_before_run'))?.owed_before_run;

test('a first run is a delta run, whatever the keys', async () => {
  await firstRun();
  expect(await owedBefore()).toBe(0);
});

test('with the same keys the next run is a delta run', async () => {
  await firstRun();
  expect(await decideMode(engine, { run: await openAnother(), targets: keys })).toEqual({ mode: 'delta' });
});

test.each([
  ['target ios is new', { ios: 'replaced', android: 'b' }],
  ['target web is new', { ...keys, web: 'c' }],
  ['targets ios, android are new', { ios: 'x', android: 'y' }],
])('%s: everything is sent', async (fullBecause, targets) => {
  await firstRun();
  const run = await openAnother();
  expect(await decideMode(engine, { run, targets })).toEqual({ mode: 'full', fullBecause });
  expect(await runResult(engine, run.runId)).toMatchObject({ mode: 'full', fullBecause });
  expect(await owedBefore()).toBe(run.runId);
});

test('a key that is taken away sends nothing, and is new when it comes back', async () => {
  await firstRun();
  const without = await openAnother();
  expect(await decideMode(engine, { run: without, targets: { ios: 'a' } })).toEqual({ mode: 'delta' });
  await sendAndClose(without);
  const back = await openAnother();
  expect(await decideMode(engine, { run: back, targets: keys })).toMatchObject({ mode: 'full' });
});

test('a full run that was asked for is full, and deciding again says the same', async () => {
  await firstRun();
  const run = await openAnother();
  const asked = { run, requestedMode: 'full', targets: keys } as const;
  const decided = await decideMode(engine, asked);
  expect(decided).toEqual({ mode: 'full', fullBecause: 'requested' });
  expect(await decideMode(engine, asked)).toEqual(decided);
});

test('a key that was recorded by an attempt that did not finish still makes the run full', async () => {
  await firstRun();
  const run = await openAnother();
  const replaced = { run, targets: { ...keys, ios: 'replaced' } };
  const decided = await decideMode(engine, replaced);
  expect(await decideMode(engine, replaced)).toEqual(decided);
});

test('another identifier makes the run full', async () => {
  await firstRun();
  expect(await decideMode(engine, { run: await openAnother(), targets: keys, identifierChanged: true })).toEqual({
    mode: 'full',
    fullBecause: 'the identifier changed',
  });
});

test('a resync is due when the last full run is older, not before', async () => {
  await firstRun();
  await completedAgo(23);
  const request = { targets: keys, resyncEveryMs: 24 * HOUR_MS };
  const early = await openAnother();
  expect(await decideMode(engine, { run: early, ...request })).toEqual({ mode: 'delta' });
  await sendAndClose(early);
  await completedAgo(25);
  const due = await openAnother();
  expect(await decideMode(engine, { run: due, ...request })).toEqual({ mode: 'full', fullBecause: 'resync every 1d' });
  await sendAndClose(due);
  expect(await decideMode(engine, { run: await openAnother(), ...request })).toEqual({ mode: 'delta' });
});

test('a full run that was interrupted is finished by a delta run, not begun again', async () => {
  await firstRun();
  await completedAgo(25);
  const request = { targets: keys, resyncEveryMs: 24 * HOUR_MS };
  const full = await openAnother();
  await decideMode(engine, { run: full, ...request });
  await sendAndClose(full, 'failed');
  const next = await openAnother();
  expect(await decideMode(engine, { run: next, ...request })).toEqual({ mode: 'delta' });
  expect(await owedBefore(), 'older values are still owed').toBe(full.runId);
  await sendAndClose(next);
  await completedAgo(25);
  const due = await openAnother();
  expect(await decideMode(engine, { run: due, ...request }), 'the next one is due in its time').toMatchObject({
    mode: 'full',
  });
});

test('a run that lost the claim decides nothing', async () => {
  await firstRun();
  const lost = await openAnother();
  await openAnother();
  await expect(decideMode(engine, { run: lost, requestedMode: 'full', targets: keys })).rejects.toMatchObject({
    code: 'RunSuperseded',
  });
  expect(await owedBefore()).toBe(0);
});

test('after a reset the next run sends everything, and the one after it only what changed', async () => {
  await firstRun();
  await resetSnapshot(engine, name);
  const afterReset = await openAnother();
  expect(await decideMode(engine, { run: afterReset, targets: keys })).toEqual({ mode: 'full', fullBecause: 'reset' });
  await sendAndClose(afterReset);
  expect(await decideMode(engine, { run: await openAnother(), targets: keys })).toEqual({ mode: 'delta' });
});
