import { afterEach, beforeEach, expect, test } from 'vitest';
import { errorReport } from '../../../src/activation/errors.js';
import { pauseActivation, resumeActivation } from '../../../src/engine/definitions/activations.js';
import { findHolder, type Holder } from '../../../src/engine/claim/claim.js';
import { closeRun } from '../../../src/engine/runs/close-run.js';
import { type Engine, openEngine } from '../../../src/engine/database/database.js';
import { writeWithClaim } from '../../../src/engine/claim/write-with-claim.js';
import { recordIncident } from '../../../src/engine/incidents/open-incident.js';
import { openRun } from '../../../src/engine/runs/open-run.js';
import { listRuns, recordState, runResult } from '../../../src/engine/runs/runs.js';
import {
  applicant,
  applyAll,
  chunksLeft,
  definitionsOf,
  everybodyIsDead,
  everybodyLives,
  freshEngine,
  opened,
  promised,
  publishDiff,
  somebodyWaitsForALock,
  type TestEngine,
  writeChunk,
} from '../engine-fixture.js';

const name = 'loyalty';
let engine: Engine;
let fresh: TestEngine;

beforeEach(async () => {
  fresh = await freshEngine();
  engine = fresh.engine;
  await applyAll(engine, definitionsOf(name));
});
afterEach(() => fresh.drop());

test('a run takes the claim, pins the applied definitions and gets a number that grows', async () => {
  const by = applicant(name, { trigger: 'cli' });
  const first = await opened(engine, by);
  expect(first).toMatchObject({ waitMs: 0 });
  expect(await findHolder(engine.db, first.activationId)).toMatchObject({
    runId: first.runId,
    workflowId: by.workflowId,
    firstRunId: by.firstRunId,
  });
  expect(await runResult(engine, first.runId)).toMatchObject({
    activation: name,
    trigger: 'cli',
    mode: 'delta',
    state: 'diffing',
    outcome: null,
    finishedAt: null,
  });
  await closeRun(engine, { ...first, outcome: 'completed' });
  const second = await opened(engine, applicant(name));
  expect(second.runId).toBeGreaterThan(first.runId);
});

test('opening again by the same execution finds the run that it opened', async () => {
  const by = applicant(name);
  const first = await opened(engine, by);
  expect(await openRun(engine, by, everybodyLives)).toEqual(first);
  expect(await listRuns(engine, { activation: name, limit: 10 })).toHaveLength(1);
});

test('two calls of one execution at once open one run', async () => {
  const by = applicant(name);
  const [first, second] = await Promise.all([opened(engine, by), opened(engine, by)]);
  expect(second).toEqual(first);
});

test('opening again by an execution whose run is closed is superseded', async () => {
  const by = applicant(name);
  const run = await opened(engine, by);
  await closeRun(engine, { ...run, outcome: 'failed' });
  await expect(openRun(engine, by, everybodyIsDead)).rejects.toMatchObject({ code: 'RunSuperseded' });
});

test('a name that is not applied proposes the nearest one', async () => {
  await expect(openRun(engine, applicant(`${name}x`), everybodyIsDead)).rejects.toMatchObject({
    code: 'ActivationUnknown',
    message: `There is no activation "${name}x".`,
    remedy: `Did you mean "${name}"?`,
  });
});

test('while a run is open whose workflow lives, another is skipped and says who is in the way', async () => {
  const open = await opened(engine, applicant(name));
  const asked: Holder[] = [];
  const second = applicant(name, { request: { activation: name, mode: 'full' } });
  const skipped = await openRun(engine, second, (holder) => {
    asked.push(holder);
    return Promise.resolve(true);
  });
  expect(asked).toMatchObject([{ runId: open.runId, namespace: 'default', cluster: 'test-cluster' }]);
  expect(skipped).toMatchObject({
    kind: 'skipped',
    result: {
      mode: 'full',
      fullBecause: 'requested',
      state: 'closed',
      outcome: 'skipped',
      counts: { read: 0, unsent: 0 },
      error: { code: 'RunAlreadyOpen', remedy: expect.stringContaining(`outflow status ${name}`) as string },
    },
  });
  expect(await openRun(engine, second, everybodyIsDead), 'a skipped run stays skipped').toEqual(skipped);
  await recordState(engine, open, { state: 'sending' });
});

test('while the activation is paused a run is skipped, and after it is resumed the next one opens', async () => {
  await pauseActivation(engine, name, { who: 'anna', by: 'cli' }, 'a sale is on');
  await pauseActivation(engine, name, { who: 'ben', by: 'cli' });
  const skipped = await openRun(engine, applicant(name), everybodyIsDead);
  expect(skipped).toMatchObject({
    kind: 'skipped',
    result: {
      outcome: 'skipped',
      error: {
        code: 'ActivationPaused',
        message: expect.stringMatching(/is paused since .+ by anna \(a sale is on\)\.$/) as string,
        remedy: `Resume it with \`outflow resume ${name}\`.`,
      },
    },
  });
  await resumeActivation(engine, name);
  await opened(engine, applicant(name));
});

test('a run that an automatic pause skips says that it ends by itself, and how it ends at once', async () => {
  const failed = await opened(engine, applicant(name));
  const error = errorReport('SourceUnreachable', 'Source warehouse cannot be reached.', 'Start it.');
  await closeRun(engine, { ...failed, outcome: 'failed', error });
  await recordIncident(engine, { runId: failed.runId, culprit: { kind: 'source', name: 'warehouse' }, error });
  expect(await openRun(engine, applicant(name), everybodyIsDead)).toMatchObject({
    result: {
      error: {
        message: expect.stringMatching(/by outflow \(source "warehouse" cannot be reached\)\.$/) as string,
        remedy: `It is resumed by itself once that is mended; at once with \`outflow check ${name}\` when all is well, in any case with \`outflow resume ${name}\`.`,
      },
    },
  });
});

test('a run whose workflow is dead is closed as failed by the one that takes over', async () => {
  const dead = await opened(engine, applicant(name));
  await publishDiff(engine, dead, { read: 6, new: 5, invalid: { null_identifier: 1 }, invalidValues: [3] }, 2);
  await writeChunk(engine, dead, { seq: 1, rows: 1, diffAttempt: 1 });
  await writeChunk(engine, dead, {
    seq: 1,
    rows: 2,
    diffAttempt: 2,
    attempted: 60,
    acked: { accepted: 1, rejected: 1, attributesSent: 4 },
    requests: 2,
  });
  await writeChunk(engine, dead, { seq: 2, rows: 2, diffAttempt: 2, attempted: 59, requests: 1, invalidValues: [1] });
  await writeChunk(engine, dead, { seq: 3, rows: 1, diffAttempt: 2 });
  await writeChunk(engine, dead, { seq: 1, rows: 9, diffAttempt: 2, kind: 'settle', acked: 'settled' });

  const next = await opened(engine, applicant(name));
  expect(await runResult(engine, dead.runId)).toMatchObject({
    state: 'closed',
    outcome: 'failed',
    counts: { read: 6, new: 5, invalid: 1, accepted: 1, rejected: 1, unsent: 3, invalidValues: 2 },
    attributesSent: 4,
    requests: 3,
    error: {
      code: 'RunSuperseded',
      message: `Run ${dead.runId} of activation "${name}" was closed by run ${next.runId}: its workflow had ended without closing it.`,
    },
  });
  expect(await chunksLeft(engine), 'what was attempted stays, and what was settled').toEqual([
    `${dead.runId}/send/1/2`,
    `${dead.runId}/send/2/2`,
    `${dead.runId}/settle/1/2`,
  ]);
  await expect(recordState(engine, dead, { state: 'sending' })).rejects.toMatchObject({ code: 'RunSuperseded' });
  await expect(closeRun(engine, { ...dead, outcome: 'completed' })).rejects.toMatchObject({ code: 'RunSuperseded' });
});

test('chunks of a diff that was never published go with their run, attempted or not', async () => {
  const dead = await opened(engine, applicant(name));
  await writeChunk(engine, dead, { seq: 1, rows: 1 });
  await writeChunk(engine, dead, { seq: 1, rows: 1, kind: 'settle' });
  await opened(engine, applicant(name));
  expect((await chunksLeft(engine)).filter((chunk) => chunk.startsWith(`${dead.runId}/`))).toEqual([]);
});

test('a takeover waits until no request of the dead run can still arrive', async () => {
  const dead = await opened(engine, applicant(name));
  await publishDiff(engine, dead, { read: 2, new: 2 });
  await writeChunk(engine, dead, { seq: 1, rows: 1, attempted: 12 });
  await writeChunk(engine, dead, {
    seq: 2,
    rows: 1,
    attempted: 1,
    acked: { accepted: 1, rejected: 0, attributesSent: 1 },
  });
  const { waitMs } = await opened(engine, applicant(name));
  expect(waitMs).toBeGreaterThan(10_000);
  expect(waitMs, '30 s deadline + 2 s freshness - 12 s').toBeLessThanOrEqual(20_000);
});

test('a workflow that was reset takes its own place without asking', async () => {
  const before = applicant(name);
  const first = await opened(engine, before);
  const afterReset = applicant(name, { workflowId: before.workflowId, firstRunId: before.firstRunId });
  const second = await openRun(engine, afterReset, everybodyLives);
  expect(second.kind).toBe('opened');
  expect((await runResult(engine, first.runId)).error?.code).toBe('RunSuperseded');
});

test('the same workflow id on another cluster is another holder', async () => {
  const before = applicant(name);
  await opened(engine, before);
  const elsewhere = applicant(name, { ...before, temporalRunId: 'elsewhere', cluster: 'another' });
  expect((await openRun(engine, elsewhere, everybodyLives)).kind).toBe('skipped');
});

test('of many takeovers at once exactly one wins', async () => {
  const { url } = fresh;
  const dead = await opened(engine, applicant(name));
  const rivals = Array.from({ length: 6 }, (_, i) => openEngine(url, { applicationName: `rival ${i}` }));
  let asked = 0;
  const allHaveAsked = promised();
  // Only the first holder is dead; all rivals have seen it before any acts.
  const isHolderAlive = async ({ runId }: Holder) => {
    if (runId !== dead.runId) return true;
    if (++asked === rivals.length) allHaveAsked.resolve();
    await allHaveAsked.promise;
    return false;
  };
  const runs = await Promise.all(rivals.map((rival) => openRun(rival, applicant(name), isHolderAlive)));
  await Promise.all(rivals.map((rival) => rival.end()));
  const winners = runs.flatMap((run) => (run.kind === 'opened' ? [run.runId] : []));
  expect(winners).toHaveLength(1);
  expect(await findHolder(engine.db, dead.activationId)).toMatchObject({ runId: winners[0]! });
});

test('a takeover waits for a write of the run that is under way, and keeps what it wrote', async () => {
  const dead = await opened(engine, applicant(name));
  await publishDiff(engine, dead, { read: 1, new: 1 });
  await writeChunk(engine, dead, { seq: 1, rows: 1 });
  const written = promised();
  const takeoverWaits = promised();
  const writing = engine.db.transaction(async (trx) => {
    await writeWithClaim(
      trx,
      dead,
      `update outflow.change_chunk set attempted_at = clock_timestamp()
       where run_id = :runId and exists (select from claimed) returning seq`,
    );
    written.resolve();
    await takeoverWaits.promise;
  });
  await written.promise;
  const takeover = opened(engine, applicant(name));
  await somebodyWaitsForALock(engine);
  takeoverWaits.resolve();
  await writing;
  expect((await takeover).waitMs).toBeGreaterThan(25_000);
  expect(await chunksLeft(engine)).toContain(`${dead.runId}/send/1/1`);
});

test('a write of the run that waits for a takeover writes nothing', async () => {
  const dead = await opened(engine, applicant(name));
  const takeover = await engine.connect();
  await takeover.query('begin');
  await takeover.query('select from outflow.claim where activation_id = $1 for update', [dead.activationId]);
  const write = recordState(engine, dead, { state: 'sending' }).then(
    () => 'written',
    (error: unknown) => error,
  );
  await somebodyWaitsForALock(engine);
  await takeover.query(`update outflow.claim set run_id = run_id + 1000 where activation_id = $1`, [dead.activationId]);
  await takeover.query('commit');
  engine.release(takeover, false);
  expect(await write).toMatchObject({ code: 'RunSuperseded' });
  expect((await runResult(engine, dead.runId)).state).toBe('diffing');
});
