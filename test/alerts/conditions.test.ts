import { expect, test } from 'vitest';
import type { RunHold } from '../../src/activation/run.js';
import { pauseActivation, resumeActivation } from '../../src/engine/definitions/activations.js';
import { openRun } from '../../src/engine/runs/open-run.js';
import { recordState } from '../../src/engine/runs/runs.js';
import { decideMode } from '../../src/engine/runs/full-run.js';
import { setBack } from '../../src/engine/place/set-back.js';
import { applicant, everybodyLives, publishDiff } from '../engine/engine-fixture.js';
import { AlertLab, unreachable, webhook } from './alert-lab.js';

/** An activation that is watched, and well. */
async function watched(when = {}): Promise<AlertLab> {
  const lab = await AlertLab.start();
  await lab.apply([webhook], when);
  await lab.completes();
  expect(await lab.look()).toEqual([]);
  return lab;
}

test('a run that fails again and again is one message, and one when it recovers', async () => {
  const lab = await watched();
  const failed = await lab.fails();
  const [raised, ...more] = await lab.look();
  expect(more).toEqual([]);
  expect(raised).toMatchObject({
    event: 'raised',
    condition: 'failed',
    activation: 'loyalty',
    run: { runId: failed, outcome: 'failed', error: unreachable },
    summary: `Run ${failed} of activation "loyalty" failed (connection): Source "warehouse" cannot be reached: connection refused.`,
  });
  await lab.fails();
  expect(await lab.look()).toEqual([]);
  await lab.fails();
  expect(await lab.look()).toEqual([]);
  await lab.timePasses('2 hours');
  const completed = await lab.completes();
  const [recovered, ...others] = await lab.look();
  expect(others).toEqual([]);
  expect(recovered).toMatchObject({
    event: 'recovered',
    condition: 'failed',
    since: raised!.since,
    run: { runId: completed },
  });
  expect(await lab.look()).toEqual([]);
});

test('what has failed and recovered between two looks is two messages', async () => {
  const lab = await watched();
  await lab.fails();
  await lab.completes();
  expect(await lab.changes()).toEqual(['raised failed', 'recovered failed']);
});

test('a recovery says after how long', async () => {
  const lab = await watched();
  await lab.fails();
  await lab.look();
  await lab.engine.db.raw(`update outflow.alert_state set since = since - interval '130 minutes'`);
  const run = await lab.completes();
  expect((await lab.look())[0]?.summary).toBe(
    `Run ${run} of activation "loyalty" completed, 2 h 10 min after one had failed.`,
  );
});

test('neither a run that was skipped nor one that was cancelled changes whether the last one failed', async () => {
  const lab = await watched();
  await lab.fails();
  expect(await lab.changes()).toEqual(['raised failed']);
  const open = await lab.open();
  expect(await openRun(lab.engine, applicant('loyalty'), everybodyLives)).toMatchObject({ kind: 'skipped' });
  await lab.close(open, 'cancelled');
  expect(await lab.look()).toEqual([]);
  await lab.completes();
  expect(await lab.changes()).toEqual(['recovered failed']);
});

test('alerts that are new tell what is wrong at present, not what once was', async () => {
  const lab = await AlertLab.start();
  await lab.apply([]);
  await lab.fails();
  await lab.completes({ read: 0 });
  await lab.completes();
  await lab.fails();
  const last = await lab.fails();
  expect(await lab.look()).toEqual([]);
  await lab.apply([webhook]);
  const alerts = await lab.look();
  expect(alerts).toMatchObject([{ event: 'raised', condition: 'failed', run: { runId: last } }]);
  expect(await lab.look()).toEqual([]);
});

test('every channel gets each message, and those of a channel that was removed go', async () => {
  const lab = await AlertLab.start();
  const other = { ...webhook, name: 'other' };
  await lab.apply([webhook, other]);
  await lab.fails();
  const ids = (await lab.look()).map(({ id }) => id);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
  await lab.apply([other]);
  await lab.look();
  expect(await lab.engine.db('outflow.alert_message').pluck('channel')).toEqual(['other']);
  expect(await lab.engine.db('outflow.alert_channel').pluck('channel')).toEqual(['other']);
});

const guards: RunHold['guards'] = [{ guard: 'gone', concerned: 6_100, of: 10_000, limitPercent: 50 }];
const holdOf = (runId: number): RunHold => ({ name: `run-${runId}`, guards, since: new Date().toISOString() });

test('a held run is one message with its figures, and one when it is approved', async () => {
  const lab = await watched();
  const run = await lab.open();
  const hold = holdOf(run.runId);
  await recordState(lab.engine, run, { state: 'held', hold });
  const [raised] = await lab.look();
  expect(raised).toMatchObject({
    event: 'raised',
    condition: 'held',
    since: hold.since,
    summary: `Run ${run.runId} of activation "loyalty" is held: 6,100 of 10,000 contacts left the segment; at most 50% may.`,
    run: { outcome: null, hold },
  });
  expect(await lab.look()).toEqual([]);
  await recordState(lab.engine, run, {
    state: 'sending',
    hold: { ...hold, approved: { at: new Date(Date.parse(hold.since) + 60_000).toISOString(), by: 'ana' } },
  });
  expect(await lab.look()).toMatchObject([
    {
      event: 'recovered',
      condition: 'held',
      summary: `Run ${run.runId} of activation "loyalty" was approved by ana after 1 min.`,
    },
  ]);
  await lab.close(run, 'completed');
  expect(await lab.changes()).not.toContain('recovered held');
});

test('a held run that is cancelled is no longer held, and the next hold is another message', async () => {
  const lab = await watched();
  const first = await lab.open();
  await recordState(lab.engine, first, { state: 'held', hold: holdOf(first.runId) });
  expect(await lab.changes()).toEqual(['raised held']);
  await lab.close(first, 'cancelled');
  const second = await lab.open();
  await recordState(lab.engine, second, { state: 'held', hold: holdOf(second.runId) });
  expect(await lab.look()).toMatchObject([
    { event: 'recovered', condition: 'held', run: { runId: first.runId, outcome: 'cancelled' } },
    { event: 'raised', condition: 'held', run: { runId: second.runId } },
  ]);
});

test('an activation that is paused automatically is a message that names the culprit, and one when it goes on', async () => {
  const lab = await watched();
  const runId = await lab.fails();
  await pausedAutomatically(lab, runId);
  const [, paused] = await lab.look();
  expect(paused).toMatchObject({
    event: 'raised',
    condition: 'paused',
    incident: { kind: 'source', name: 'warehouse', error: unreachable },
    summary: 'Activation "loyalty" is paused automatically: source "warehouse" cannot be reached (connection).',
  });
  expect(await lab.look()).toEqual([]);
  await lab.engine.db.raw(`update outflow.activation set paused_at = null, paused_by_incident = null`);
  expect(await lab.changes()).toEqual(['recovered paused']);
});

test('an activation that somebody pauses is no alert', async () => {
  const lab = await watched();
  await pauseActivation(lab.engine, 'loyalty', { who: 'ana', by: 'cli' });
  expect(await lab.look()).toEqual([]);
});

test('a run that reads no row is a message, and one when it reads some again', async () => {
  const lab = await watched();
  const runId = await lab.completes({ read: 0 });
  expect(await lab.look()).toMatchObject([
    { event: 'raised', condition: 'zero_rows', summary: `Run ${runId} of activation "loyalty" read no row.` },
  ]);
  await lab.completes({ read: 0 });
  await lab.fails();
  expect(await lab.changes()).toEqual(['raised failed']);
  await lab.completes();
  expect(await lab.changes()).toEqual(['recovered failed', 'recovered zero_rows']);
});

test('rejections above the share that is allowed are a message, deferred ones included', async () => {
  const lab = await watched();
  await rejecting(lab, { rejected: 1, deferred: 0 });
  expect(await lab.look()).toEqual([]);
  const runId = await rejecting(lab, { rejected: 1, deferred: 1 });
  expect(await lab.look()).toMatchObject([
    {
      condition: 'rejected_above',
      summary: `Run ${runId} of activation "loyalty": the destination refuses 2 of 100 rows (2%; alert above 1%).`,
    },
  ]);
  await rejecting(lab, { rejected: 0, deferred: 1 });
  expect(await lab.changes()).toEqual(['recovered rejected_above']);
});

test('invalid rows above the share that is allowed are a message', async () => {
  const lab = await watched({ invalidAbovePercent: 2.5 });
  await lab.completes({ read: 1_000, unchanged: 975, invalid: { null_identifier: 25 } });
  expect(await lab.look()).toEqual([]);
  const runId = await lab.completes({ read: 1_000, unchanged: 974, invalid: { null_identifier: 26 } });
  expect((await lab.look())[0]?.summary).toBe(
    `Run ${runId} of activation "loyalty": invalid are 26 of 1,000 rows (2.6%; alert above 2.5%).`,
  );
  await lab.completes();
  expect(await lab.changes()).toEqual(['recovered invalid_above']);
});

test('a run that is open for too long is a message, but not while it is held or paused', async () => {
  const lab = await watched({ longerThanMs: 7_200_000 });
  const run = await lab.open();
  await lab.timePasses('119 minutes');
  expect(await lab.look()).toEqual([]);
  await lab.timePasses('2 minutes');
  await recordState(lab.engine, run, { state: 'held', hold: holdOf(run.runId) });
  expect(await lab.changes()).toEqual(['raised held']);
  await recordState(lab.engine, run, { state: 'paused' });
  expect(await lab.changes()).toEqual(['recovered held']);
  await recordState(lab.engine, run, { state: 'sending' });
  await pauseActivation(lab.engine, 'loyalty', { who: 'ana', by: 'cli' });
  expect(await lab.look()).toEqual([]);
  await resumeActivation(lab.engine, 'loyalty');
  expect(await lab.look()).toMatchObject([
    { condition: 'longer_than', summary: `Run ${run.runId} of activation "loyalty" is open for longer than 2 h.` },
  ]);
  await lab.close(run, 'failed', unreachable);
  expect(await lab.changes()).toEqual(['recovered longer_than', 'raised failed']);
});

test('an activation without a completed run for too long is a message, however its runs fail', async () => {
  const lab = await watched({ staleAfterMs: 7_200_000, failed: false });
  await lab.timePasses('119 minutes');
  await lab.fails();
  expect(await lab.look()).toEqual([]);
  await lab.timePasses('2 minutes');
  expect(await lab.look()).toMatchObject([
    { condition: 'stale', summary: 'Activation "loyalty" has completed no run for 2 h.' },
  ]);
  await lab.fails();
  expect(await lab.look()).toEqual([]);
  await lab.completes();
  expect(await lab.changes()).toEqual(['recovered stale']);
});

test('an activation that owes everything, because the database of the engine was set back, is a message until it has sent it', async () => {
  const lab = await watched({});
  await lab.completes();
  expect(await lab.look()).toEqual([]);
  await lab.engine.db.transaction((trx) => setBack(trx, undefined, 'the database of the engine was restored'));
  expect(await lab.look()).toMatchObject([
    { event: 'raised', condition: 'set_back', summary: expect.stringContaining('owes everything') as string },
  ]);
  const run = await lab.open();
  await decideMode(lab.engine, { run, targets: {} });
  await publishDiff(lab.engine, run, { read: 1, unchanged: 1 });
  await lab.close(run, 'completed');
  expect(await lab.changes()).toEqual(['recovered set_back']);
});

test('an activation that never ran gets stale, too', async () => {
  const lab = await AlertLab.start();
  await lab.apply([webhook], { staleAfterMs: 7_200_000 });
  expect(await lab.look()).toEqual([]);
  await lab.timePasses('3 hours');
  expect(await lab.changes()).toEqual(['raised stale']);
});

test('nothing gets stale while somebody has paused it, and then it has all its time again', async () => {
  const lab = await watched({ staleAfterMs: 7_200_000 });
  await pauseActivation(lab.engine, 'loyalty', { who: 'ana', by: 'cli' });
  expect(await lab.look()).toEqual([]);
  await lab.timePasses('3 hours');
  expect(await lab.look()).toEqual([]);
  await resumeActivation(lab.engine, 'loyalty');
  expect(await lab.look()).toEqual([]);
  await lab.timePasses('119 minutes');
  expect(await lab.look()).toEqual([]);
  await lab.timePasses('2 minutes');
  expect(await lab.changes()).toEqual(['raised stale']);
  await pauseActivation(lab.engine, 'loyalty', { who: 'ana', by: 'cli' });
  expect(await lab.look()).toEqual([]);
  await resumeActivation(lab.engine, 'loyalty');
  expect(await lab.look()).toEqual([]);
});

test('an automatic pause does not keep an activation from getting stale', async () => {
  const lab = await watched({ staleAfterMs: 7_200_000, failed: false, paused: false });
  await pausedAutomatically(lab, await lab.fails());
  await lab.timePasses('3 hours');
  expect(await lab.changes()).toEqual(['raised stale']);
});

test('a condition that is switched off while it is raised ends without a word', async () => {
  const lab = await watched();
  await lab.fails();
  expect(await lab.changes()).toEqual(['raised failed']);
  await lab.apply([webhook], { failed: false });
  expect(await lab.look()).toEqual([]);
  await lab.completes();
  expect(await lab.look()).toEqual([]);
});

test('an activation that is removed while it is raised ends without a word, and begins anew when it returns', async () => {
  const lab = await watched();
  await lab.fails();
  expect(await lab.changes()).toEqual(['raised failed']);
  await lab.apply([webhook], {}, ['other']);
  expect(await lab.look()).toEqual([]);
  await lab.apply([webhook], {}, ['other', 'loyalty']);
  expect(await lab.changes()).toEqual(['raised failed']);
});

async function pausedAutomatically(lab: AlertLab, runId: number): Promise<void> {
  await lab.engine.db.raw(
    `with opened as (
       insert into outflow.incident (kind, name, error, run_id, probes, next_probe_at)
       values ('source', 'warehouse', :error, :runId, 0, now()) returning incident_id
     )
     update outflow.activation set paused_at = clock_timestamp(), paused_by = 'outflow', paused_by_incident = incident_id
     from opened`,
    { error: unreachable, runId },
  );
}

/** A run of 100 rows, some of which the destination refuses. */
async function rejecting(lab: AlertLab, refused: { rejected: number; deferred: number }): Promise<number> {
  const runId = await lab.completes({ read: 100, unchanged: 99 - refused.deferred, changed: 1 });
  await lab.engine.db('outflow.run').where({ run_id: runId }).update({ rejected: refused.rejected });
  await lab.engine.db('outflow.run_diff').where({ run_id: runId }).update({ deferred: refused.deferred });
  return runId;
}
