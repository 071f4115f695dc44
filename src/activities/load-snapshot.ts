import type { LoadSnapshotResult, RunRef } from '../activation/steps.js';
import { decideMode } from '../engine/runs/full-run.js';
import { bindActivation } from '../destinations/bind-activation.js';
import { openDestination } from '../destinations/registry.js';
import { describeSnapshot, type SnapshotDescription } from '../snapshot/store/describe-snapshot.js';
import type { Dependencies } from './dependencies.js';
import type { ActivationParts } from '../activation/activation-parts.js';
import { pinnedRun } from './pinned-run.js';
import { withSourceOf } from './with-source.js';

/** Decides whether the run is full, and says what it will be compared with. Asks the source when the identifier changed. */
export async function loadSnapshot(deps: Dependencies, run: RunRef): Promise<LoadSnapshotResult> {
  const pinned = await pinnedRun(deps.engine, run);
  const known = await loadSnapshotWithoutSource(deps, run, pinned);
  if (known !== undefined) return known;
  await refuseUnknownIdentifier(deps, pinned);
  return decide(deps, run, pinned, await describeSnapshot(deps.engine, run), true);
}

/** The same in the engine's database alone; undefined where the source has to be asked, which may take long. */
export async function loadSnapshotWithoutSource(
  deps: Dependencies,
  run: RunRef,
  pinned: ActivationParts,
): Promise<LoadSnapshotResult | undefined> {
  const snapshot = await describeSnapshot(deps.engine, run);
  const identifierChanged = snapshot.identifier !== null && snapshot.identifier !== pinned.activation.identifier;
  return identifierChanged ? undefined : decide(deps, run, pinned, snapshot, false);
}

async function decide(
  { engine, engineId, destinations }: Dependencies,
  run: RunRef,
  { activation, destination }: ActivationParts,
  { generation, contacts, chunksInDoubt }: SnapshotDescription,
  identifierChanged: boolean,
): Promise<LoadSnapshotResult> {
  const reached = destinations.reach(destination);
  const decided = await decideMode(engine, {
    run,
    ...(run.requestedMode && { requestedMode: run.requestedMode }),
    targets: Object.fromEntries(
      reached.destination.targets.map(({ name, identity }) => [name, reached.fingerprint(engineId, identity)]),
    ),
    ...(activation.resyncEveryMs !== undefined && { resyncEveryMs: activation.resyncEveryMs }),
    identifierChanged,
  });
  return { ...decided, generation, contacts, chunksInDoubt };
}

/** A mistyped identifier must not cost a full run: throws SegmentInvalid before it is recorded as changed. */
async function refuseUnknownIdentifier(deps: Dependencies, pinned: ActivationParts): Promise<void> {
  await withSourceOf(pinned, deps, async (source) => {
    const columns = await source.describe(pinned.segment);
    bindActivation(pinned.activation, openDestination(pinned.destination), columns);
  });
}
