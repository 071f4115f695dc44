import type { LoadSnapshotResult, RunRef } from '../activation/steps.js';
import { batchKeys, destinationUrl, sourceUrl } from '../config/secrets.js';
import { decideMode } from '../engine/full-run.js';
import { describeSegment } from '../segment/describe-segment.js';
import { withSource } from '../segment/source.js';
import { describeSnapshot } from '../snapshot/describe-snapshot.js';
import { bindActivation } from './bind-activation.js';
import type { Dependencies } from './dependencies.js';
import { keyFingerprints } from './key-fingerprints.js';
import type { ActivationParts } from '../activation/activation-parts.js';
import { pinnedRun } from './pinned-run.js';

/** Decides whether the run is full, and says what it will be compared with. */
export async function loadSnapshot(deps: Dependencies, run: RunRef): Promise<LoadSnapshotResult> {
  const { engine, environment } = deps;
  const pinned = await pinnedRun(engine, run);
  const { activation, destination } = pinned;
  const { apiKeys } = batchKeys(destination, environment);
  const url = destinationUrl(destination, environment);
  const { identifier, ...snapshot } = await describeSnapshot(engine, run);
  const identifierChanged = identifier !== null && identifier !== activation.identifier;
  if (identifierChanged) await refuseUnknownIdentifier(deps, pinned);
  const decided = await decideMode(engine, {
    run,
    ...(run.requestedMode && { requestedMode: run.requestedMode }),
    keyFingerprints: keyFingerprints(deps.engineId, url, apiKeys),
    ...(activation.resyncEveryMs !== undefined && { resyncEveryMs: activation.resyncEveryMs }),
    identifierChanged,
  });
  return { ...decided, ...snapshot };
}

/** A mistyped identifier must not cost a full run: throws SegmentInvalid before it is recorded as changed. */
async function refuseUnknownIdentifier(
  { environment }: Dependencies,
  { activation, segment, source: definition }: ActivationParts,
): Promise<void> {
  await withSource(definition.name, sourceUrl(definition, environment), async (source) => {
    bindActivation(activation, await describeSegment(source, segment));
  });
}
