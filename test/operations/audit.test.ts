import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  applyAll,
  applicant,
  definitionsOf,
  everybodyIsDead,
  freshEngine,
  type TestEngine,
} from '../engine/engine-fixture.js';
import { pauseActivation, resumeActivation } from '../../src/engine/definitions/activations.js';
import { closeIncident } from '../../src/engine/incidents/close-incident.js';
import { recordIncident } from '../../src/engine/incidents/open-incident.js';
import { closeRun } from '../../src/engine/runs/close-run.js';
import { openRun } from '../../src/engine/runs/open-run.js';
import { resetSnapshot } from '../../src/engine/runs/reset.js';
import { recordState } from '../../src/engine/runs/runs.js';
import { errorReport } from '../../src/activation/errors.js';
import type { Actor } from '../../src/activation/actor.js';

const ann: Actor = { who: 'ann', by: 'cli' };
const ben: Actor = { who: 'ben', by: 'cli' };
let it: TestEngine;

beforeAll(async () => {
  it = await freshEngine();
  await applyAll(it.engine, definitionsOf('loyalty', 'newsletter'));
});
afterAll(() => it.drop());

interface Line {
  who: string;
  done_by: string;
  action: string;
  activation: string | null;
  reason: string | null;
  definitions_version: number | null;
}

/** What was added since the last look, oldest first. */
let seen = 0;
async function added(): Promise<string[]> {
  const rows = await it.engine
    .db<Line & { audit_id: number }>('outflow.audit')
    .where('audit_id', '>', seen)
    .orderBy('audit_id')
    .select();
  seen = rows.at(-1)?.audit_id ?? seen;
  return rows.map((row) =>
    [
      `${row.who} (${row.done_by})`,
      row.action,
      row.activation ?? `version ${row.definitions_version}`,
      row.reason ?? '',
    ]
      .join(' ')
      .trim(),
  );
}

test('an apply is recorded with its version, and one that changes nothing is not', async () => {
  expect(await added()).toEqual(['outflow (system) apply version 1']);
  await applyAll(it.engine, definitionsOf('loyalty', 'newsletter'));
  expect(await added()).toEqual([]);
});

test('a pause is recorded once, and again with another reason, and its end by whoever ends it', async () => {
  const { engine } = it;
  expect(await pauseActivation(engine, 'loyalty', ann, 'lunch')).toEqual({ changed: 'paused' });
  expect(await pauseActivation(engine, 'loyalty', ben)).toEqual({ changed: 'nothing' });
  expect(await pauseActivation(engine, 'loyalty', ben, 'stock-taking')).toEqual({ changed: 'reason' });
  await resumeActivation(engine, 'loyalty', ben);
  await resumeActivation(engine, 'loyalty', ben);
  expect(await added()).toEqual([
    'ann (cli) pause loyalty lunch',
    'ben (cli) pause loyalty stock-taking',
    'ben (cli) resume loyalty',
  ]);
});

test('what cannot be done is not recorded', async () => {
  await expect(pauseActivation(it.engine, 'loyaltee', ann)).rejects.toMatchObject({ code: 'ActivationUnknown' });
  const run = await openRun(it.engine, applicant('loyalty', { trigger: 'schedule' }), everybodyIsDead);
  if (run.kind !== 'opened') throw new Error('skipped');
  await expect(resetSnapshot(it.engine, 'loyalty', ann)).rejects.toMatchObject({ code: 'RunAlreadyOpen' });
  expect(await added()).toEqual([]);
  await closeRun(it.engine, { ...run, outcome: 'cancelled', closedBy: { actor: ann, reason: 'abandoned' } });
  await resetSnapshot(it.engine, 'loyalty', ann);
  expect(await added()).toEqual(['ann (cli) cancel loyalty abandoned', 'ann (cli) reset loyalty']);
});

test('a run that was started in the Temporal UI is recorded, and an approval there, once', async () => {
  const { engine } = it;
  const run = await openRun(engine, applicant('loyalty'), everybodyIsDead);
  if (run.kind !== 'opened') throw new Error('skipped');
  const hold = { name: `run-${run.runId}`, guards: [], since: new Date().toISOString() };
  await recordState(engine, run, { state: 'held', hold });
  const approved = { ...hold, approved: { at: new Date().toISOString() } };
  await recordState(engine, run, { state: 'sending', hold: approved });
  await recordState(engine, run, { state: 'paused', hold: approved });
  expect(await added()).toEqual([
    'somebody (temporal-ui) start loyalty',
    `somebody (temporal-ui) approve loyalty run-${run.runId}`,
  ]);
  await closeRun(engine, { ...run, outcome: 'failed', error: errorReport('SourceUnreachable', 'Gone.', 'Start it.') });
});

test('automatic pauses and their ends are recorded for each activation', async () => {
  const { engine } = it;
  const { run_id: runId } = (await engine
    .db<{ run_id: number }>('outflow.run')
    .orderBy('run_id', 'desc')
    .first('run_id'))!;
  const error = errorReport('SourceUnreachable', 'Gone.', 'Start it.');
  const opened = await recordIncident(engine, { runId, culprit: { kind: 'source', name: 'warehouse' }, error });
  await closeIncident(engine, opened!.incidentId, 'probe');
  const reason = 'source "warehouse" cannot be reached';
  expect(await added()).toEqual([
    `outflow (system) pause loyalty ${reason}`,
    `outflow (system) pause newsletter ${reason}`,
    `outflow (recovery) resume loyalty incident ${opened!.incidentId} is over`,
    `outflow (recovery) resume newsletter incident ${opened!.incidentId} is over`,
  ]);
});

test('no line is changed or deleted afterwards', async () => {
  for (const statement of [
    `update outflow.audit set who = 'nobody'`,
    'delete from outflow.audit',
    'truncate outflow.audit',
  ]) {
    await expect(it.engine.db.raw(statement), statement).rejects.toThrow(/neither changed nor deleted/);
  }
});
