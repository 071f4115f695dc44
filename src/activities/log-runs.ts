import type { RunResult } from '../activation/run.js';
import type { RecoverySteps, RunSteps } from '../activation/steps.js';

/** Writes a line of the worker's log: names, ids and figures, no contact data. */
export type RunLog = (level: 'info' | 'warn' | 'error', message: string, fields: object) => void;

/** The steps, with a line of the log where a run begins, is held and ends, and where an incident does. */
export function loggingRuns(steps: RunSteps & RecoverySteps, log: RunLog): RunSteps & RecoverySteps {
  return {
    ...steps,
    async openRun(input) {
      const opening = await steps.openRun(input);
      if (opening.kind === 'skipped') {
        const { activation, runId: run, error } = opening.result;
        log('warn', 'A run was skipped.', { activation, run, code: error?.code, because: error?.message });
      } else {
        const { activation, runId: run } = opening.run;
        log('info', 'A run has begun.', { activation, run });
      }
      return opening;
    },
    async recordState(input) {
      await steps.recordState(input);
      const { run, state, hold, waiting } = input;
      const { activation, runId } = run;
      if (state === 'held' && hold) {
        log('warn', 'A run is held.', { activation, run: runId, hold: hold.name, guards: hold.guards });
      } else if (waiting) {
        log('warn', 'A run waits.', { activation, run: runId, waiting });
      }
    },
    async closeRun(input) {
      const result = await steps.closeRun(input);
      const level = result.outcome === 'failed' ? 'error' : 'info';
      log(level, 'A run has ended.', ending(result));
      return result;
    },
    async openIncident(input) {
      const opened = await steps.openIncident(input);
      const { activation, runId: run } = input.run;
      const { code, culprit } = input.error;
      const { incidentId: incident, paused } = opened;
      if (incident !== undefined)
        log('error', 'An incident pauses activations.', { incident, culprit, code, activation, run, paused });
      return opened;
    },
    async endIncident(incident) {
      const ended = await steps.endIncident(incident);
      log('info', 'An incident is over.', { incident: incident.incidentId, resumed: ended.resumed });
      return ended;
    },
  };
}

function ending({ activation, runId: run, outcome, counts, startedAt, finishedAt, error }: RunResult): object {
  const seconds = (Date.parse(finishedAt ?? startedAt) - Date.parse(startedAt)) / 1000;
  return { activation, run, outcome, seconds, counts, ...(error && { code: error.code, because: error.message }) };
}
