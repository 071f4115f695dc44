import { createHash } from 'node:crypto';
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type Client,
  type ScheduleOptions,
  type ScheduleOptionsStartWorkflowAction,
  type Workflow,
} from '@temporalio/client';
import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import type { ActivationDefinition, Definitions, ScheduleRule } from '../activation/definitions.js';
import { searchAttributes } from '../activation/search-attributes.js';
import { activationWorkflow } from './activation-workflow.js';
import {
  activationOfSchedule,
  findOwnSchedule,
  findScheduleIfOwn,
  isOwn,
  ownerMemo,
  scheduleIdOf,
} from './own-schedule.js';
import { editedParts, writtenMemo } from './schedule-edits.js';
import { scheduleSpec } from './schedule-spec.js';

/** What the schedules in Temporal are to follow. */
export interface WantedSchedules {
  engineId: string;
  definitions: Definitions;
  /** Activations that are paused: a schedule made for one of them is made paused. */
  paused: ReadonlySet<string>;
  /** Activations that had a schedule before. Temporal's list is late by moments; these are looked up one by one. */
  formerNames: Iterable<string>;
  /** Whether our search attributes are registered: workflows then carry them from their start. */
  searchAttributes: boolean;
}

export interface ScheduleChange {
  kind: 'create' | 'update' | 'delete';
  activation: string;
  /** What somebody has changed of it in Temporal, which an update takes back. */
  edited?: string[];
}

/**
 * What has to change for Temporal to have one schedule for each activation that has rules, and none else of this engine:
 * nothing when the definitions are as they were and nobody has changed a schedule in Temporal. Throws ConfigInvalid when an id is taken by a schedule of somebody else.
 */
export async function planSchedules(client: Client, wanted: WantedSchedules): Promise<ScheduleChange[]> {
  const scheduled = Object.values(wanted.definitions.activations).filter(isScheduled);
  const changes: ScheduleChange[] = [];
  for (const definition of scheduled) {
    const existing = await findOwnSchedule(client, wanted.engineId, definition.name);
    if (!existing) {
      changes.push({ kind: 'create', activation: definition.name });
      continue;
    }
    const edited = editedParts(existing);
    const isAsWanted = existing.action.memo?.[fingerprintKey] === fingerprint(client, definition, wanted);
    if (edited.length > 0) changes.push({ kind: 'update', activation: definition.name, edited });
    else if (!isAsWanted) changes.push({ kind: 'update', activation: definition.name });
  }
  for (const activation of await strayActivations(client, wanted, new Set(scheduled.map(({ name }) => name)))) {
    changes.push({ kind: 'delete', activation });
  }
  return changes;
}

/**
 * Makes the schedules what they are to be, and says what was changed. Safe to repeat after an interruption. An update
 * keeps a schedule paused that was paused; a renamed activation takes over the state of its old schedule.
 */
export async function reconcileSchedules(client: Client, wanted: WantedSchedules): Promise<ScheduleChange[]> {
  const changes = await planSchedules(client, wanted);
  // Deleted last: a renamed activation is never without a schedule.
  for (const { kind, activation } of changes) {
    const definition = wanted.definitions.activations[activation];
    if (kind === 'delete' || !definition || !isScheduled(definition)) await deleteSchedule(client, activation);
    else if (kind === 'create') await createSchedule(client, definition, wanted);
    else await updateSchedule(client, definition, wanted);
  }
  return changes;
}

type ScheduledActivation = ActivationDefinition & { schedule: [ScheduleRule, ...ScheduleRule[]] };

function isScheduled(definition: ActivationDefinition): definition is ScheduledActivation {
  return definition.schedule.length > 0;
}

/** Those that have a schedule of this engine and are to have none. */
async function strayActivations(client: Client, wanted: WantedSchedules, scheduled: Set<string>): Promise<string[]> {
  const names = new Set(wanted.formerNames);
  for (const { previousName } of Object.values(wanted.definitions.activations))
    if (previousName) names.add(previousName);
  for await (const { scheduleId, memo } of client.schedule.list()) {
    const activation = activationOfSchedule(scheduleId);
    if (activation !== undefined && memo && isOwn({ memo }, wanted.engineId)) names.add(activation);
  }
  const stray: string[] = [];
  for (const name of names) {
    // Asked one by one, because the list may still show what is deleted.
    if (!scheduled.has(name) && (await findScheduleIfOwn(client, wanted.engineId, name))) stray.push(name);
  }
  return stray;
}

async function createSchedule(client: Client, definition: ScheduledActivation, wanted: WantedSchedules): Promise<void> {
  const { name, previousName } = definition;
  const old = previousName === undefined ? undefined : await findScheduleIfOwn(client, wanted.engineId, previousName);
  const paused = wanted.paused.has(name) || old?.state.paused === true;
  try {
    await client.schedule.create({
      scheduleId: scheduleIdOf(name),
      ...content(client, definition, wanted),
      memo: ownerMemo(wanted.engineId),
      state: { paused, ...(old?.state.note && { note: old.state.note }) },
    });
    await noteWritten(client, definition, wanted);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await findOwnSchedule(client, wanted.engineId, name);
    await updateSchedule(client, definition, wanted);
  }
}

async function updateSchedule(client: Client, definition: ScheduledActivation, wanted: WantedSchedules): Promise<void> {
  const next = content(client, definition, wanted);
  await client.schedule.getHandle(scheduleIdOf(definition.name)).update(({ state }) => ({ ...next, state }));
  await noteWritten(client, definition, wanted);
}

/** Interrupted before it, the schedule counts as edited, and is written again by the next apply. */
async function noteWritten(client: Client, definition: ScheduledActivation, wanted: WantedSchedules): Promise<void> {
  const { spec, policies, action } = content(client, definition, wanted);
  await client.schedule.getHandle(scheduleIdOf(definition.name)).update((described) => {
    const memo = { ...action.memo, ...writtenMemo(described) };
    return { spec, policies: policies!, action: { ...action, memo }, state: described.state };
  });
}

async function deleteSchedule(client: Client, activation: string): Promise<void> {
  try {
    await client.schedule.getHandle(scheduleIdOf(activation)).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

const fingerprintKey = 'outflowSchedule';

/** Temporal gives rules back in another form; whether they are as wanted is told by a fingerprint kept with the action. */
function fingerprint(client: Client, definition: ScheduledActivation, wanted: WantedSchedules): string {
  const { spec, policies, action } = unsigned(client, definition, wanted);
  return createHash('sha256')
    .update(JSON.stringify([spec, policies, action]))
    .digest('base64url')
    .slice(0, 16);
}

type Content = Pick<ScheduleOptions<ScheduleOptionsStartWorkflowAction<Workflow>>, 'spec' | 'action' | 'policies'>;

function content(client: Client, definition: ScheduledActivation, wanted: WantedSchedules): Content {
  const { spec, policies, action } = unsigned(client, definition, wanted);
  return { spec, policies, action: { ...action, memo: { [fingerprintKey]: fingerprint(client, definition, wanted) } } };
}

const activationKey = defineSearchAttributeKey(searchAttributes.activation, SearchAttributeType.KEYWORD);

function unsigned(client: Client, { name, schedule }: ScheduledActivation, wanted: WantedSchedules): Required<Content> {
  return {
    spec: scheduleSpec(schedule),
    // Runs missed while Temporal was down for longer are not made up for: the next one brings everything up to date.
    policies: { overlap: 'SKIP', catchupWindow: '10m' },
    action: {
      type: 'startWorkflow',
      workflowType: 'activation',
      workflowId: scheduleIdOf(name),
      ...activationWorkflow(client, { activation: name }),
      ...(wanted.searchAttributes && { typedSearchAttributes: [{ key: activationKey, value: name }] }),
    },
  };
}
