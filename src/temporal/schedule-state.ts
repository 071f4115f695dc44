import type { Client } from '@temporalio/client';
import { editedParts } from './schedule-edits.js';
import { findOwnSchedule, scheduleIdOf } from './own-schedule.js';

/** What a schedule says of an activation. */
export interface ScheduleState {
  paused: boolean;
  /** The note of its last pause or resumption; empty when there was none. */
  note: string;
  /** When the next run starts, jitter included; undefined when none will, also while the schedule is paused. */
  nextRunAt: Date | undefined;
  /** What somebody has changed of it in Temporal, as `editedParts` has it; absent where it was not asked for alone. */
  edited?: string[];
}

/** The state of an activation's schedule; undefined when it has none. Throws as findOwnSchedule. */
export async function scheduleState(
  client: Client,
  engineId: string,
  activation: string,
): Promise<ScheduleState | undefined> {
  const schedule = await findOwnSchedule(client, engineId, activation);
  if (!schedule) return undefined;
  const { paused, note } = schedule.state;
  return {
    paused,
    note: note ?? '',
    nextRunAt: paused ? undefined : schedule.info.nextActionTimes[0],
    edited: editedParts(schedule),
  };
}

/** The note of a schedule whose activation somebody has paused. */
export function pauseNote(by: string, reason: string | undefined): string {
  return `Paused by ${by}${reason === undefined ? '' : `: ${reason}`}`;
}

/** Stops an activation's schedule from starting runs; false when it has none. Harmless to repeat. */
export async function pauseSchedule(
  client: Client,
  engineId: string,
  activation: string,
  note: string,
): Promise<boolean> {
  if (!(await findOwnSchedule(client, engineId, activation))) return false;
  await client.schedule.getHandle(scheduleIdOf(activation)).pause(note);
  return true;
}

/** Lets an activation's schedule start runs again; false when it has none. Harmless to repeat. */
export async function resumeSchedule(
  client: Client,
  engineId: string,
  activation: string,
  note: string,
): Promise<boolean> {
  if (!(await findOwnSchedule(client, engineId, activation))) return false;
  await client.schedule.getHandle(scheduleIdOf(activation)).unpause(note);
  return true;
}
