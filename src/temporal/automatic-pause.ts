import type { Client } from '@temporalio/client';
import { findScheduleIfOwn, scheduleIdOf } from './own-schedule.js';

/** How the note of a pause begins that no person has made. */
const AUTOMATIC = 'Paused by Outflow';

/** Stops the activation's schedule, with a note that names the reason; one that is paused already keeps its note. Harmless to repeat. */
export async function pauseAutomatically(
  client: Client,
  engineId: string,
  activation: string,
  reason: string,
): Promise<void> {
  await pauseIfRunning(client, engineId, activation, `${AUTOMATIC}: ${reason}`);
}

/** Stops the activation's schedule, with the note of the person who has paused the activation. As pauseAutomatically. */
export async function pauseIfRunning(
  client: Client,
  engineId: string,
  activation: string,
  note: string,
): Promise<void> {
  const schedule = await findScheduleIfOwn(client, engineId, activation);
  if (!schedule || schedule.state.paused) return;
  await client.schedule.getHandle(scheduleIdOf(activation)).pause(note);
}

/**
 * Lets the schedule go on that was paused automatically. Returns whether runs may start: false when a person has paused
 * it, whose pause stays. Harmless to repeat.
 */
export async function resumeAutomatically(
  client: Client,
  engineId: string,
  activation: string,
  note: string,
): Promise<boolean> {
  const schedule = await findScheduleIfOwn(client, engineId, activation);
  if (!schedule?.state.paused) return true;
  const { note: pausedWith = '' } = schedule.state;
  // `outflow apply` gives a new schedule of a paused activation no note.
  if (pausedWith !== '' && !pausedWith.startsWith(AUTOMATIC)) return false;
  await client.schedule.getHandle(scheduleIdOf(activation)).unpause(note);
  return true;
}
