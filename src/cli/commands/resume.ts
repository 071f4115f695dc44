import { culpritText } from '../../activation/culprit.js';
import { resumeActivation } from '../../engine/definitions/activations.js';
import { engineId } from '../../engine/database/database.js';
import { wakeRecovery } from '../../temporal/recovery-workflow.js';
import { resumeSchedule } from '../../temporal/schedule-state.js';
import { chosenActivations } from '../../operations/chosen-activations.js';
import { print } from '../../terminal/output.js';
import { withSession } from '../../operations/session.js';
import { signalOpenRun } from '../../operations/signal-run.js';

/** `outflow resume`: also of a run or a schedule that was paused in the Temporal UI, and of what was paused automatically. */
export function resumeCommand(names: string[], { file }: { file: string }): Promise<number> {
  return withSession(file, async ({ engine, temporal }) => {
    const activations = await chosenActivations(engine, names);
    const client = await temporal();
    const owner = await engineId(engine);
    for (const activation of activations) {
      const incident = await resumeActivation(engine, activation.name);
      await resumeSchedule(client, owner, activation.name, 'Resumed with outflow resume');
      const holder = await signalOpenRun(engine, client, activation, 'resume');
      if (incident?.isOver) await wakeRecovery(client, incident);
      print(`${activation.name} is resumed${holder ? `: its run ${holder.runId} goes on` : ''}.`);
      if (incident) print(`It was paused because ${culpritText(incident, incident.error.code)}.`);
    }
    if (activations.length === 0) print('There are no activations yet.');
    return 0;
  });
}
