import type { Client } from '@temporalio/client';
import { activationOfSchedule, isOwn } from './own-schedule.js';
import type { ScheduleState } from './schedule-state.js';

/**
 * The schedules of this engine by activation, in one list however many there are. Temporal's list is late by moments: what
 * it lacks may be there all the same.
 */
export async function ownScheduleStates(client: Client, engineId: string): Promise<Map<string, ScheduleState>> {
  const states = new Map<string, ScheduleState>();
  for await (const { scheduleId, memo, state, info } of client.schedule.list({ pageSize: PAGE_SIZE })) {
    const activation = activationOfSchedule(scheduleId);
    if (activation === undefined || !isOwn(memo ? { memo } : {}, engineId)) continue;
    const { paused, note = '' } = state;
    states.set(activation, { paused, note, nextRunAt: paused ? undefined : info.nextActionTimes[0] });
  }
  return states;
}

const PAGE_SIZE = 1_000;
