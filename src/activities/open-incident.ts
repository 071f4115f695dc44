import { culpritOf } from '../activation/culprit.js';
import type { OpenIncidentInput, OpenIncidentResult } from '../activation/steps.js';
import { openIncident as open } from '../recovery/open-incident.js';
import type { Dependencies } from './dependencies.js';
import { withHeartbeats } from './heartbeats.js';
import { pinnedRun } from './pinned-run.js';

/** Pauses what stands on the culprit of a failed run, until it answers. */
export async function openIncident(deps: Dependencies, { run, error }: OpenIncidentInput): Promise<OpenIncidentResult> {
  if (!error.culprit) throw new Error(`${error.code} has no culprit`);
  const culprit = culpritOf(await pinnedRun(deps.engine, run), error.culprit);
  return withHeartbeats(
    () => undefined,
    () => open(deps, { runId: run.runId, culprit, error }),
  );
}
