import { randomUUID } from 'node:crypto';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { afterAll, expect, test } from 'vitest';
import type { IncidentRef, ProbeResult, RecoverySteps } from '../../src/activation/steps.js';
import type { recovery } from '../../src/workflows/recovery.js';
import { startOwnServer } from '../temporal/own-server.js';
import { recordHistory } from './record-history.js';
import { Gate, stepFailure } from './scripted-steps.js';
import { startWorkflowWorker, type WorkflowWorker } from './workflow-worker.js';

const worker = await startWorkflowWorker();
const incident = { engine: 'engine-1', incidentId: 3, culprit: { kind: 'source', name: 'warehouse' } };
const hour = 3_600_000;

type Handle = WorkflowHandleWithFirstExecutionRunId<typeof recovery>;

/** The steps of a recovery; each probe gives the next of these answers, the last one again and again. */
function scriptedRecovery(answers: ProbeResult[], changes: Partial<RecoverySteps> = {}) {
  const calls: [keyof RecoverySteps, IncidentRef][] = [];
  const steps: RecoverySteps = {
    awaitProbe: () => Promise.resolve({ kind: 'open', nextProbeInMs: 100 }),
    probeCulprit: () => Promise.resolve(answers.length > 1 ? answers.shift()! : answers[0]!),
    endIncident: () => Promise.resolve({ resumed: ['app-profile', 'loyalty'] }),
    ...changes,
  };
  const noting =
    <Step extends keyof RecoverySteps>(step: Step) =>
    (ref: IncidentRef) => {
      calls.push([step, ref]);
      return steps[step](ref) as ReturnType<RecoverySteps[Step]>;
    };
  return {
    steps: {
      awaitProbe: noting('awaitProbe'),
      probeCulprit: noting('probeCulprit'),
      endIncident: noting('endIncident'),
    },
    calls,
    made: (step: keyof RecoverySteps) => calls.filter(([made]) => made === step).length,
  };
}

function start(steps: RecoverySteps, options: { on?: WorkflowWorker; input?: unknown } = {}): Promise<Handle> {
  const { on = worker, input = incident } = options;
  const workflowId = `recovery/source/warehouse/${randomUUID()}`;
  on.play(workflowId, steps);
  return on.client.workflow.start<typeof recovery>('recovery', { taskQueue: on.taskQueue, workflowId, args: [input] });
}

async function detailsOf(handle: Handle): Promise<string> {
  return (await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')).currentDetails;
}

const silent = (nextProbeInMs: number): ProbeResult => ({ kind: 'silent', nextProbeInMs });

test('what is at fault is probed again and again until it answers; then what was paused is resumed', async () => {
  const { steps, calls } = scriptedRecovery([silent(200), silent(300), { kind: 'answered' }]);
  const handle = await start(steps);
  expect(await handle.result()).toEqual({ resumed: ['app-profile', 'loyalty'] });
  const ref = { engine: 'engine-1', incidentId: 3 };
  expect(calls).toEqual([
    ['awaitProbe', ref],
    ['probeCulprit', ref],
    ['probeCulprit', ref],
    ['probeCulprit', ref],
    ['endIncident', ref],
  ]);
  const timers = (await handle.fetchHistory()).events?.flatMap(({ timerStartedEventAttributes: t }) => t ?? []) ?? [];
  expect(timers.map(({ startToFireTimeout: t }) => (t?.nanos ?? 0) / 1e6)).toEqual([100, 200, 300]);
  expect(await detailsOf(handle)).toMatch(/source warehouse is over\*\*.*probes: 3\n\nResumed: app-profile, loyalty$/s);
  await recordHistory('recovery-answered', handle);
});

test('a recovery ends when its incident was closed by other means before a probe', async () => {
  const { steps, made } = scriptedRecovery([silent(100), { kind: 'over' }]);
  const handle = await start(steps);
  expect(await handle.result()).toEqual({ resumed: [] });
  expect([made('probeCulprit'), made('endIncident')]).toEqual([2, 0]);
  await recordHistory('recovery-over', handle);
});

test('a recovery whose incident is closed already probes nothing', async () => {
  const { steps, calls } = scriptedRecovery([], { awaitProbe: () => Promise.resolve({ kind: 'over' }) });
  expect(await (await start(steps)).result()).toEqual({ resumed: [] });
  expect(calls).toHaveLength(1);
});

test('the signal probe tries at once, and the Temporal UI shows what is waited for and until when', async () => {
  const { steps, made } = scriptedRecovery([silent(hour), { kind: 'answered' }]);
  const handle = await start(steps);
  await expect.poll(() => detailsOf(handle)).toMatch(/probes: 1\n\nNext probe at \S+Z/);
  expect(await detailsOf(handle)).toMatch(
    /^\*\*Waiting for source warehouse to be well again\*\*\n\nAt fault since \S+Z/,
  );
  expect(made('probeCulprit')).toBe(1);
  await handle.signal('probe');
  expect(await handle.result()).toMatchObject({ resumed: ['app-profile', 'loyalty'] });
});

test('a signal that comes during a probe probes once more', async () => {
  const first = new Gate();
  const answers: ProbeResult[] = [silent(hour), { kind: 'answered' }];
  const { steps, made } = scriptedRecovery([], {
    probeCulprit: async () => {
      await first.opened;
      return answers.shift()!;
    },
  });
  const handle = await start(steps);
  await expect.poll(() => made('probeCulprit')).toBe(1);
  await handle.signal('probe');
  first.open();
  await handle.result();
  expect(made('probeCulprit')).toBe(2);
});

test('a recovery outlives an engine that is away for too long: it probes again later', async () => {
  const hurried = await startWorkflowWorker({ interceptors: './hurried-timers.ts' });
  let probes = 0;
  const { steps, made } = scriptedRecovery([], {
    probeCulprit: () =>
      ++probes === 1 ? Promise.reject(stepFailure('EngineNewer')) : Promise.resolve({ kind: 'answered' }),
  });
  expect(await (await start(steps, { on: hurried })).result()).toMatchObject({ resumed: ['app-profile', 'loyalty'] });
  expect(made('probeCulprit')).toBe(2);
});

test('a recovery that is cancelled resumes nothing', async () => {
  const { steps, made } = scriptedRecovery([silent(hour)]);
  const handle = await start(steps);
  await expect.poll(() => made('probeCulprit')).toBe(1);
  await handle.cancel();
  await expect(handle.result()).rejects.toMatchObject({ cause: expect.any(CancelledFailure) as unknown });
  expect(made('endIncident')).toBe(0);
});

test.each([[null], ['warehouse'], [{ engine: 'engine-1', incidentId: 3 }], [{ ...incident, engine: undefined }]])(
  'a recovery that somebody starts with %o says what belongs there',
  async (input) => {
    const { steps, calls } = scriptedRecovery([]);
    await expect((await start(steps, { input })).result()).rejects.toMatchObject({ cause: { type: 'InputInvalid' } });
    expect(calls).toEqual([]);
  },
);

test('a recovery of many probes goes on in new histories without forgetting how many and since when', async () => {
  const server = await startOwnServer(afterAll, { dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 40 } });
  const own = await startWorkflowWorker({ server: server.address });
  const answers = [...Array.from({ length: 12 }, () => silent(1)), { kind: 'answered' } as const];
  const { steps, made } = scriptedRecovery(answers);
  const handle = await start(steps, { on: own });
  const since = /since (\S+Z)/.exec(await detailsOf(handle))?.[1];
  expect(await handle.result()).toMatchObject({ resumed: ['app-profile', 'loyalty'] });
  expect([made('probeCulprit'), made('endIncident')]).toEqual([13, 1]);
  expect(made('awaitProbe')).toBeGreaterThan(1);
  const last = own.client.workflow.getHandle<typeof recovery>(handle.workflowId) as Handle;
  expect(await detailsOf(last)).toContain(`since ${since}; probes: 13`);
  await recordHistory('recovery-continued', last);
});
