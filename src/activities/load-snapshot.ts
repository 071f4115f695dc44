import type { LoadSnapshotResult, RunRef } from '../activation/steps.js';
import { batchKeys, destinationUrl } from '../config/secrets.js';
import { engineId } from '../engine/database.js';
import { decideMode } from '../engine/full-run.js';
import { describeSnapshot } from '../snapshot/describe-snapshot.js';
import type { Dependencies } from './dependencies.js';
import { keyFingerprints } from './key-fingerprints.js';
import { pinnedRun } from './pinned-run.js';

/** Decides whether the run is full, and says what it will be compared with. */
export async function loadSnapshot({ engine, environment }: Dependencies, run: RunRef): Promise<LoadSnapshotResult> {
  const { activation, destination } = await pinnedRun(engine, run);
  const { apiKeys } = batchKeys(destination, environment);
  const url = destinationUrl(destination, environment);
  const { identifier, ...snapshot } = await describeSnapshot(engine, run);
  const decided = await decideMode(engine, {
    run,
    ...(run.requestedMode && { requestedMode: run.requestedMode }),
    keyFingerprints: keyFingerprints(await engineId(engine), url, apiKeys),
    ...(activation.resyncEveryMs !== undefined && { resyncEveryMs: activation.resyncEveryMs }),
    identifierChanged: identifier !== null && identifier !== activation.identifier,
  });
  return { ...decided, ...snapshot };
}
