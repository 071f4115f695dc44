import type { RunResult } from '../../activation/run.js';
import { pauseActivation } from '../../engine/definitions/activations.js';
import { engineId } from '../../engine/database/database.js';
import type { LeftIncident } from '../../engine/incidents/leave-incident.js';
import { runResult } from '../../engine/runs/runs.js';
import { wakeRecovery } from '../../temporal/recovery-workflow.js';
import { pauseNote, pauseSchedule } from '../../temporal/schedule-state.js';
import { chosenActivations } from '../../operations/chosen-activations.js';
import { print } from '../../terminal/output.js';
import { withSession } from '../../operations/session.js';
import { signalOpenRun } from '../../operations/signal-run.js';
import { userName } from '../user-name.js';

/**
 * `outflow pause`: first the fact, which keeps runs from starting, then the schedule and the open run, which ends its
 * requests on the wire. It takes the place of an automatic pause, which is then not ended automatically. Repeated, it does
 * what is still to be done.
 */
export function pauseCommand(names: string[], options: { file: string; reason?: string }): Promise<number> {
  const { file, reason } = options;
  return withSession(file, async ({ engine, temporal }) => {
    const activations = await chosenActivations(engine, names);
    const who = userName();
    const left = new Map<string, LeftIncident>();
    for (const { name } of activations) {
      const incident = await pauseActivation(engine, name, who, reason);
      if (incident) left.set(name, incident);
    }
    const client = await temporal();
    const owner = await engineId(engine);
    for (const activation of activations) {
      await pauseSchedule(client, owner, activation.name, pauseNote(who, reason));
      const incident = left.get(activation.name);
      if (incident?.isOver) await wakeRecovery(client, incident);
      const holder = await signalOpenRun(engine, client, activation, 'pause', reason === undefined ? {} : { reason });
      const openRun = holder && (await runResult(engine, holder.runId));
      print(
        openRun
          ? `${activation.name} is paused: its run ${openRun.runId} ${whatItDoes(openRun)}.`
          : `${activation.name} is paused: no run starts${incident ? `, also when ${incident.kind} "${incident.name}" is well again` : ''}.`,
      );
    }
    if (activations.length === 0) print('There are no activations yet.');
    return 0;
  });
}

function whatItDoes({ activation, state }: RunResult): string {
  return state === 'held'
    ? `stays held; approved, it sends when ${activation} is resumed`
    : 'ends the requests on the wire, then waits';
}
