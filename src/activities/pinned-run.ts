import { type ActivationParts, activationParts } from '../activation/activation-parts.js';
import type { RunRef } from '../activation/steps.js';
import { runSuperseded } from '../engine/claim/claimed-run.js';
import type { Engine } from '../engine/database/database.js';
import { definitionsOfVersion } from '../engine/definitions/definitions.js';

/**
 * The definitions that a run has pinned when it was opened, whatever was applied since. Throws RunSuperseded for a run that a
 * database lacks because it was set back to a moment before it.
 */
export async function pinnedRun(engine: Engine, run: RunRef): Promise<ActivationParts> {
  const row = await engine
    .db<{ run_id: number; definitions_version: number }>('outflow.run')
    .where({ run_id: run.runId })
    .first('definitions_version');
  if (row === undefined) throw runSuperseded(run.runId);
  return activationParts(await definitionsOfVersion(engine, row.definitions_version), run.activation);
}
