import { engineId } from '../../engine/database/database.js';
import { pauseSchedule, resumeSchedule } from '../../temporal/schedule-state.js';
import type { DemoContext } from './context.js';

const activations = ['loyalty', 'app-profile'];

/** Keeps the schedules from starting a run in the middle of what is shown: one that is due now would take a run's place. */
export async function restSchedules({ temporal, engine }: DemoContext): Promise<void> {
  const owner = await engineId(engine);
  for (const name of activations) await pauseSchedule(temporal, owner, name, 'The demo shows runs of its own');
}

/** Lets the schedules start runs. */
export async function wakeSchedules({ temporal, engine }: DemoContext): Promise<void> {
  const owner = await engineId(engine);
  for (const name of activations) await resumeSchedule(temporal, owner, name, 'The demo has shown its runs');
}
