import type { RecoverySteps, RunSteps } from '../activation/steps.js';
import { closeRun } from '../engine/runs/close-run.js';
import { recordState } from '../engine/runs/runs.js';
import { settleDiff } from '../snapshot/diff/settle-diff.js';
import { awaitProbe } from './await-probe.js';
import type { Dependencies } from './dependencies.js';
import { diffSegment } from './diff-segment.js';
import { endIncident } from './end-incident.js';
import { foldSnapshot } from './fold-snapshot.js';
import { loadSnapshot } from './load-snapshot.js';
import { openIncident } from './open-incident.js';
import { openRun } from './open-run.js';
import { probeCulprit } from './probe-culprit.js';
import { sendChunks } from './send-chunks.js';

/** The steps of a run and of a recovery, over what this worker works with. */
export function createActivities(deps: Dependencies): RunSteps & RecoverySteps {
  return {
    openRun: (input) => openRun(deps, input),
    loadSnapshot: (run) => loadSnapshot(deps, run),
    diffSegment: (run) => diffSegment(deps, run),
    settleDiff: (run) => settleDiff(deps.engine, run),
    sendChunks: (input) => sendChunks(deps, input),
    foldSnapshot: (run) => foldSnapshot(deps, run),
    recordState: ({ run, ...state }) => recordState(deps.engine, run, state),
    closeRun: ({ run, ...end }) => closeRun(deps.engine, { activationId: run.activationId, runId: run.runId, ...end }),
    openIncident: (input) => openIncident(deps, input),
    awaitProbe: (incidentId) => awaitProbe(deps, incidentId),
    probeCulprit: (incidentId) => probeCulprit(deps, incidentId),
    endIncident: (incidentId) => endIncident(deps, incidentId),
  };
}
