import { ScheduleNotFoundError, type Client, type ScheduleDescription } from '@temporalio/client';
import { OutflowError } from '../activation/errors.js';

const prefix = 'activation/';

export function scheduleIdOf(activation: string): string {
  return `${prefix}${activation}`;
}

/** The activation that a schedule id names; undefined when it is none of Outflow's ids. */
export function activationOfSchedule(scheduleId: string): string | undefined {
  return scheduleId.startsWith(prefix) ? scheduleId.slice(prefix.length) : undefined;
}

/** Says whose a schedule is: several engines may share a namespace, and each touches only its own. */
export function ownerMemo(engineId: string): Record<string, string> {
  return { outflowEngine: engineId };
}

export function isOwn(schedule: { memo?: Record<string, unknown> }, engineId: string): boolean {
  return schedule.memo?.['outflowEngine'] === engineId;
}

/**
 * The activation's schedule; undefined when there is none. Throws ConfigInvalid when its id is taken by a schedule that
 * this engine did not make.
 */
export async function findOwnSchedule(
  client: Client,
  engineId: string,
  activation: string,
): Promise<ScheduleDescription | undefined> {
  const found = await describe(client, activation);
  if (!found || isOwn(found, engineId)) return found;
  throw new OutflowError(
    'ConfigInvalid',
    `The schedule ${scheduleIdOf(activation)} in Temporal's namespace ${client.options.namespace} does not belong to this engine.`,
    `Rename the activation, use another namespace, or delete the schedule if nobody needs it: temporal schedule delete --namespace ${client.options.namespace} --schedule-id ${scheduleIdOf(activation)}`,
  );
}

/** As findOwnSchedule, but a schedule of somebody else counts as none. */
export async function findScheduleIfOwn(
  client: Client,
  engineId: string,
  activation: string,
): Promise<ScheduleDescription | undefined> {
  const found = await describe(client, activation);
  return found && isOwn(found, engineId) ? found : undefined;
}

async function describe(client: Client, activation: string): Promise<ScheduleDescription | undefined> {
  try {
    return await client.schedule.getHandle(scheduleIdOf(activation)).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}
