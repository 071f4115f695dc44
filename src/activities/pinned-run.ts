import { type ActivationParts, activationParts } from '../activation/activation-parts.js';
import type { RunRef } from '../activation/steps.js';
import type { Engine } from '../engine/database/database.js';
import { definitionsOfVersion } from '../engine/definitions/definitions.js';

/** The definitions that a run has pinned when it was opened, whatever was applied since. */
export async function pinnedRun(engine: Engine, run: RunRef): Promise<ActivationParts> {
  const row = await engine
    .db<{ run_id: number; definitions_version: number }>('outflow.run')
    .where({ run_id: run.runId })
    .first('definitions_version');
  if (row === undefined) throw new Error(`there is no run ${run.runId}`);
  return activationParts(await definitionsOfVersion(engine, row.definitions_version), run.activation);
}
