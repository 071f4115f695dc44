import { activityInfo } from '@temporalio/activity';
import { parseRunRequest } from '../activation/run-request.js';
import type { OpenRunInput, OpenRunResult, RunRef } from '../activation/steps.js';
import { openRun as open } from '../engine/open-run.js';
import type { Dependencies } from './dependencies.js';
import { pinnedRun } from './pinned-run.js';

/** Checks the input, pins the applied definitions and takes the claim, or says why the run is skipped. */
export async function openRun(
  { engine, temporal, isHolderAlive, searchAttributes }: Dependencies,
  { request: input, scheduled, firstRunId }: OpenRunInput,
): Promise<OpenRunResult> {
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
  );
  if (opened.kind === 'skipped') return opened;
  const run: RunRef = {
    activation: request.activation,
    activationId: opened.activationId,
    runId: opened.runId,
    ...(request.mode && { requestedMode: request.mode }),
  };
  const { activation, destination } = await pinnedRun(engine, run);
  return {
    kind: 'opened',
    run,
    waitMs: opened.waitMs,
    concurrency: destination.concurrency,
    requestTimeoutMs: destination.requestTimeoutMs,
    guards: activation.guards,
    searchAttributes,
  };
}
