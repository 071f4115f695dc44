import { defaultSettings } from '../support/default-settings.js';
import { randomUUID } from 'node:crypto';
import { type ScheduleDescription, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import { afterAll, beforeEach, expect, test } from 'vitest';
import type { ActivationDefinition, Definitions, ScheduleRule } from '../../src/activation/definitions.js';
import { pauseSchedule, resumeSchedule, scheduleState } from '../../src/temporal/schedule-state.js';
import { planSchedules, reconcileSchedules, type WantedSchedules } from '../../src/temporal/schedules.js';
import { scriptedSteps } from '../workflows/scripted-steps.js';
import { startWorkflowWorker } from '../workflows/workflow-worker.js';
import { startOwnServer } from './own-server.js';

// Its workflows start on the task queue that real workers poll: on a shared server those would take them.
const server = await startOwnServer(afterAll, {
  searchAttributes: { OutflowActivation: 'Keyword', OutflowOutcome: 'Keyword', OutflowState: 'Keyword' },
});
const worker = await startWorkflowWorker({ server: server.address, taskQueue: 'outflow' });
const { client } = worker;

const weekly: ScheduleRule = { kind: 'weekly', on: ['mon'], at: '07:00', timezone: 'Europe/Paris' };
const daily: ScheduleRule = { kind: 'daily', at: '06:30', timezone: 'UTC' };

let engineId = '';
let name = '';
let other = '';
beforeEach(() => {
  engineId = randomUUID();
  name = `loyalty-${engineId}`;
  other = `news-${engineId}`;
});

function wanted(activations: Partial<ActivationDefinition>[], more: Partial<WantedSchedules> = {}): WantedSchedules {
  const full = activations.map((given) => ({ ...activationOf(given), ...given }));
  const definitions: Definitions = {
    sources: {},
    segments: {},
    destinations: {},
    activations: Object.fromEntries(full.map((activation) => [activation.name, activation])),
    alertChannels: {},
  };
  return { engineId, definitions, paused: new Set(), formerNames: [], searchAttributes: true, ...more };
}

function activationOf(given: Partial<ActivationDefinition>): ActivationDefinition {
  return {
    name: given.name ?? name,
    segment: 's',
    destination: 'd',
    identifier: 'email',
    attributes: [],
    schedule: [weekly],
    sharedAttributes: false,
    ...defaultSettings(),
  };
}

function describe(activation: string) {
  return client.schedule.getHandle(`activation/${activation}`).describe();
}

test('an activation with rules gets a schedule, and applying the same again changes nothing', async () => {
  const definitions = wanted([{}, { name: other, schedule: [] }]);
  expect(await reconcileSchedules(client, definitions)).toEqual([{ kind: 'create', activation: name }]);
  const made = await describe(name);
  expect(made).toMatchObject({
    memo: { outflowEngine: engineId },
    spec: { timezone: 'Europe/Paris' },
    action: {
      workflowType: 'activation',
      workflowId: `activation/${name}`,
      taskQueue: 'outflow',
      args: [{ activation: name }],
    },
    policies: { overlap: 'SKIP', catchupWindow: 600_000 },
    state: { paused: false },
  });
  expect(await planSchedules(client, definitions)).toEqual([]);
  expect(await reconcileSchedules(client, definitions)).toEqual([]);
  expect((await describe(name)).info.lastUpdatedAt).toEqual(made.info.lastUpdatedAt);
});

test('changed rules change the schedule, which stays paused when it was', async () => {
  await reconcileSchedules(client, wanted([{}]));
  await pauseSchedule(client, engineId, name, 'maintenance');
  const changed = wanted([{ schedule: [daily] }]);
  expect(await planSchedules(client, changed)).toEqual([{ kind: 'update', activation: name }]);
  await reconcileSchedules(client, changed);
  expect(await describe(name)).toMatchObject({
    memo: { outflowEngine: engineId },
    spec: { timezone: 'UTC' },
    state: { paused: true, note: 'maintenance' },
  });
  expect(await planSchedules(client, changed)).toEqual([]);
});

test.each<[string, string[], (made: ScheduleDescription) => Partial<ScheduleDescription>]>([
  ['times', ['times'], ({ spec }) => ({ spec: { ...spec, timezone: 'America/Havana' } })],
  ['times that are added', ['times'], ({ spec }) => ({ spec: { ...spec, intervals: [{ every: 60_000, offset: 0 }] } })],
  ['policies', ['policies'], ({ policies }) => ({ policies: { ...policies, overlap: 'ALLOW_ALL' } })],
  ['input', ['input of its runs'], ({ action }) => ({ action: { ...action, args: [{ activation: 'another' }] } })],
  ['task queue', ['task queue'], ({ action }) => ({ action: { ...action, taskQueue: 'nobody' } })],
  ['workflow', ['workflow type'], ({ action }) => ({ action: { ...action, workflowType: 'another' } })],
  ['action as a whole', ['its action'], ({ action }) => ({ action: { ...action, memo: {} } })],
])('%s that somebody has changed in Temporal are told, and mended by the next apply', async (_, edited, change) => {
  const definitions = wanted([
    { schedule: [weekly, { kind: 'cron', cron: '*/7 3 1-5 jan mon', timezone: 'Europe/Paris' }] },
  ]);
  await reconcileSchedules(client, definitions);
  const made = await describe(name);
  expect((await scheduleState(client, engineId, name))?.edited).toEqual([]);
  await client.schedule.getHandle(`activation/${name}`).update((now) => ({ ...now, ...change(now) }));
  expect((await scheduleState(client, engineId, name))?.edited).toEqual(edited);
  expect(await reconcileSchedules(client, definitions)).toEqual([{ kind: 'update', activation: name, edited }]);
  const { spec, policies, action } = await describe(name);
  expect({ spec, policies, action }).toEqual({ spec: made.spec, policies: made.policies, action: made.action });
  expect(await planSchedules(client, definitions)).toEqual([]);
});

test('an activation that is removed, or loses its rules, loses its schedule', async () => {
  await reconcileSchedules(client, wanted([{}, { name: other }]));
  const removed = wanted([{ schedule: [] }], { formerNames: [name, other] });
  const changes = await reconcileSchedules(client, removed);
  expect(new Set(changes)).toEqual(
    new Set([
      { kind: 'delete', activation: name },
      { kind: 'delete', activation: other },
    ]),
  );
  await expect(describe(name)).rejects.toThrow(ScheduleNotFoundError);
  await expect(describe(other)).rejects.toThrow(ScheduleNotFoundError);
  expect(await reconcileSchedules(client, removed)).toEqual([]);
});

test('a schedule of a name that is no longer known is found and deleted', async () => {
  await reconcileSchedules(client, wanted([{}]));
  await expect.poll(() => planSchedules(client, wanted([]))).toEqual([{ kind: 'delete', activation: name }]);
});

test('a renamed activation takes its state to its new schedule', async () => {
  await reconcileSchedules(client, wanted([{}]));
  await pauseSchedule(client, engineId, name, 'maintenance');
  const changes = await reconcileSchedules(client, wanted([{ name: other, previousName: name }]));
  expect(changes).toEqual([
    { kind: 'create', activation: other },
    { kind: 'delete', activation: name },
  ]);
  expect((await describe(other)).state).toEqual({ paused: true, note: 'maintenance' });
  await expect(describe(name)).rejects.toThrow(ScheduleNotFoundError);
});

test('the schedule of an activation that is paused already is made paused', async () => {
  await reconcileSchedules(client, wanted([{}], { paused: new Set([name]) }));
  expect((await describe(name)).state.paused).toBe(true);
});

test('a schedule of another engine is never touched', async () => {
  const theirs = { ...wanted([{}, { name: other }]), engineId: randomUUID() };
  await reconcileSchedules(client, theirs);
  await expect(reconcileSchedules(client, wanted([{}]))).rejects.toMatchObject({
    code: 'ConfigInvalid',
    message: `The schedule activation/${name} in Temporal's namespace default does not belong to this engine.`,
  });
  await expect(pauseSchedule(client, engineId, name, '')).rejects.toMatchObject({ code: 'ConfigInvalid' });
  expect(await reconcileSchedules(client, wanted([], { formerNames: [name, other] }))).toEqual([]);
  expect(await planSchedules(client, theirs)).toEqual([]);
});

test('a schedule made meanwhile by the same engine is no obstacle', async () => {
  const definitions = wanted([{}]);
  await Promise.all([reconcileSchedules(client, definitions), reconcileSchedules(client, definitions)]);
  expect(await planSchedules(client, definitions)).toEqual([]);
});

test('a paused schedule has no next run until it is resumed, and an activation without rules has no schedule', async () => {
  await reconcileSchedules(client, wanted([{}]));
  const before = await scheduleState(client, engineId, name);
  expect(before).toEqual({ paused: false, note: '', nextRunAt: expect.any(Date) as Date, edited: [] });
  expect(await pauseSchedule(client, engineId, name, 'maintenance')).toBe(true);
  expect(await scheduleState(client, engineId, name)).toEqual({
    paused: true,
    note: 'maintenance',
    nextRunAt: undefined,
    edited: [],
  });
  expect(await resumeSchedule(client, engineId, name, 'done')).toBe(true);
  expect(await scheduleState(client, engineId, name)).toEqual({ ...before, note: 'done' });
  expect(await scheduleState(client, engineId, other)).toBeUndefined();
  expect(await pauseSchedule(client, engineId, other, '')).toBe(false);
  expect(await resumeSchedule(client, engineId, other, '')).toBe(false);
});

test('a schedule starts a run of its activation, which knows that it was scheduled', async () => {
  await reconcileSchedules(client, wanted([{}]));
  const { steps, inputs } = scriptedSteps();
  worker.playAll(steps);
  await client.schedule.getHandle(`activation/${name}`).trigger(ScheduleOverlapPolicy.SKIP);
  await expect.poll(() => inputs('closeRun')).toHaveLength(1);
  expect(inputs('openRun')).toMatchObject([{ request: { activation: name }, scheduled: true }]);
  const [action] = (await describe(name)).info.recentActions;
  const started = client.workflow.getHandle(action!.action.workflow.workflowId);
  expect(started.workflowId).toMatch(new RegExp(`^activation/${name}-\\d{4}-`));
  expect(await started.result()).toMatchObject({ outcome: 'completed' });
});
