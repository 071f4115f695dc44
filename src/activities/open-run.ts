import { activityInfo } from '@temporalio/activity';
import type { ActivationParts } from '../activation/activation-parts.js';
import { parseRunRequest } from '../activation/run-request.js';
import type { LoadSnapshotResult, OpenRunInput, OpenRunResult, RunRef } from '../activation/steps.js';
import { openDestination } from '../destinations/registry.js';
import { openRun as open } from '../engine/runs/open-run.js';
import type { Dependencies } from './dependencies.js';
import { loadSnapshotWithoutSource } from './load-snapshot.js';
import { pinnedRun } from './pinned-run.js';

/**
 * Checks the input, pins the applied definitions and takes the claim, or says why the run is skipped. Tells what the run is
 * compared with in the same step where it can: each step costs a small run a tenth of its time.
 */
export async function openRun(
  deps: Dependencies,
  { request: input, scheduled, firstRunId }: OpenRunInput,
): Promise<OpenRunResult> {
  const { engine, engineId, temporal, isHolderAlive, searchAttributes } = deps;
  const told = await deps.toldPosition();
  const request = parseRunRequest(input);
  const { workflowExecution } = activityInfo();
  const { workflowId, runId } = workflowExecution!;
  const opened = await open(
    engine,
    {
      request,
      trigger: scheduled ? 'schedule' : (request.trigger ?? 'manual'),
      workflowId,
      temporalRunId: runId,
      firstRunId,
      ...temporal,
    },
    isHolderAlive,
    told,
  );
  if (opened.kind === 'skipped') return opened;
  const run: RunRef = {
    engine: engineId,
    activation: request.activation,
    activationId: opened.activationId,
    runId: opened.runId,
    ...(request.mode && { requestedMode: request.mode }),
  };
  const pinned = await pinnedRun(engine, run);
  const { activation } = pinned;
  const { limits } = openDestination(pinned.destination);
  const snapshot = opened.waitMs > 0 ? undefined : await snapshotIfTold(deps, run, pinned);
  return {
    kind: 'opened',
    run,
    waitMs: opened.waitMs,
    concurrency: limits.concurrency,
    requestTimeoutMs: limits.requestTimeoutMs,
    guards: activation.guards,
    searchAttributes,
    ...(snapshot && { snapshot }),
  };
}

/** The run has its claim by now, so a failure is left to the step by itself: it ends the run, and says why. */
async function snapshotIfTold(
  deps: Dependencies,
  run: RunRef,
  pinned: ActivationParts,
): Promise<LoadSnapshotResult | undefined> {
  try {
    return await loadSnapshotWithoutSource(deps, run, pinned);
  } catch {
    return undefined;
  }
}
