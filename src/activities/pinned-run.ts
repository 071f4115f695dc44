import type {
  ActivationDefinition,
  DestinationDefinition,
  SegmentDefinition,
  SourceDefinition,
} from '../activation/definitions.js';
import type { RunRef } from '../activation/steps.js';
import { definitionsOfVersion } from '../engine/definitions.js';
import type { Engine } from '../engine/database.js';

/** The definitions that a run has pinned when it was opened, whatever was applied since. */
export interface PinnedRun {
  activation: ActivationDefinition;
  segment: SegmentDefinition;
  source: SourceDefinition;
  destination: DestinationDefinition;
}

export async function pinnedRun(engine: Engine, run: RunRef): Promise<PinnedRun> {
  const row = await engine
    .db<{ run_id: number; definitions_version: number }>('outflow.run')
    .where({ run_id: run.runId })
    .first('definitions_version');
  if (row === undefined) throw new Error(`there is no run ${run.runId}`);
  const definitions = await definitionsOfVersion(engine.db, row.definitions_version);
  const activation = definitions.activations[run.activation]!;
  const segment = definitions.segments[activation.segment]!;
  return {
    activation,
    segment,
    source: definitions.sources[segment.source]!,
    destination: definitions.destinations[activation.destination]!,
  };
}
