import { resumeActivation } from '../../engine/activations.js';
import { engineId } from '../../engine/database.js';
import { resumeSchedule } from '../../temporal/schedule-state.js';
import { chosenActivations } from '../activation-names.js';
import { print } from '../output.js';
import { withSession } from '../session.js';
import { signalOpenRun } from '../signal-run.js';

/** `outflow resume`: also of a run or a schedule that was paused in the Temporal UI. */
export function resumeCommand(names: string[], { file }: { file: string }): Promise<number> {
  return withSession(file, async ({ engine, temporal }) => {
    const activations = await chosenActivations(engine, names);
    const client = await temporal();
    const owner = await engineId(engine);
    for (const activation of activations) {
      await resumeActivation(engine, activation.name);
      await resumeSchedule(client, owner, activation.name, 'Resumed with outflow resume');
      const holder = await signalOpenRun(engine, client, activation, 'resume');
      print(`${activation.name} is resumed${holder ? `: its run ${holder.runId} goes on` : ''}.`);
    }
    if (activations.length === 0) print('There are no activations yet.');
    return 0;
  });
}
