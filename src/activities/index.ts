import { OutflowError } from '../activation/errors.js';
import type { IncidentRef, RecoverySteps, RunRef, RunSteps } from '../activation/steps.js';
import { closeRun } from '../engine/runs/close-run.js';
import { recordState } from '../engine/runs/runs.js';
import { settleDiff } from '../snapshot/diff/settle-diff.js';
import { awaitProbe } from './await-probe.js';
import type { Dependencies } from './dependencies.js';
import { diffSegment } from './diff-segment.js';
import { endIncident } from './end-incident.js';
import { foldSnapshot } from './fold-snapshot.js';
import { loggingRuns } from './log-runs.js';
import { loadSnapshot } from './load-snapshot.js';
import { openIncident } from './open-incident.js';
import { openRun } from './open-run.js';
import { probeCulprit } from './probe-culprit.js';
import { sendChunks } from './send-chunks.js';

/**
 * The steps of a run and of a recovery, over what this worker works with. A step of what another engine has opened is
 * refused, with nothing written.
 */
export function createActivities(deps: Dependencies): RunSteps & RecoverySteps {
  const ofOwnRun = <Run extends RunRef>(run: Run): Run => {
    const what = `Run ${run.runId} of activation "${run.activation}"`;
    if (run.engine !== deps.engineId) throw ofAnotherEngine(what, run.engine, deps.engineId);
    return run;
  };
  const ofOwnIncident = ({ engine, incidentId }: IncidentRef): number => {
    if (engine !== deps.engineId)
      throw ofAnotherEngine(`The recovery of incident ${incidentId}`, engine, deps.engineId);
    return incidentId;
  };
  const steps: RunSteps & RecoverySteps = {
    openRun: (input) => openRun(deps, input),
    loadSnapshot: async (run) => loadSnapshot(deps, ofOwnRun(run)),
    diffSegment: async (run) => diffSegment(deps, ofOwnRun(run)),
    settleDiff: async (run) => settleDiff(deps.engine, ofOwnRun(run)),
    sendChunks: async ({ run, ...input }) => sendChunks(deps, { run: ofOwnRun(run), ...input }),
    foldSnapshot: async (run) => foldSnapshot(deps, ofOwnRun(run)),
    recordState: async ({ run, ...state }) => recordState(deps.engine, ofOwnRun(run), state),
    closeRun: async ({ run, ...end }) => {
      const { activationId, runId } = ofOwnRun(run);
      return closeRun(deps.engine, { activationId, runId, ...end });
    },
    openIncident: async ({ run, ...input }) => openIncident(deps, { run: ofOwnRun(run), ...input }),
    awaitProbe: async (incident) => awaitProbe(deps, ofOwnIncident(incident)),
    probeCulprit: async (incident) => probeCulprit(deps, ofOwnIncident(incident)),
    endIncident: async (incident) => endIncident(deps, ofOwnIncident(incident)),
  };
  return loggingRuns(steps, deps.log);
}

function ofAnotherEngine(what: string, owner: string, engineId: string): OutflowError {
  return new OutflowError(
    'EngineMismatch',
    `${what} belongs to the engine ${owner}, and this worker to the engine ${engineId}.`,
    'Give each engine a task queue of its own with OUTFLOW_TASK_QUEUE, or a namespace of its own; then start their workers again.',
  );
}
