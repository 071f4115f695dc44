import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { RunResult } from '../../activation/run.js';
import type { KnownActivation } from '../../engine/definitions/activations.js';
import { findHolder, type Holder } from '../../engine/claim/claim.js';
import { closeRun } from '../../engine/runs/close-run.js';
import type { Engine } from '../../engine/database/database.js';
import { runResult } from '../../engine/runs/runs.js';
import { isHolderAlive } from '../../temporal/holder.js';
import { chosenActivations } from '../../operations/chosen-activations.js';
import { print, say } from '../../terminal/output.js';
import { withSession } from '../../operations/session.js';
import { plural, outcomeText } from '../../text/words.js';

const POLL_EVERY_MS = 300;
const PATIENCE_MS = 5_000;

/** `outflow cancel`: exit code 0 also where no run was open. */
export function cancelCommand(names: string[], { file }: { file: string }): Promise<number> {
  return withSession(file, async ({ engine, temporal }) => {
    const activations = await chosenActivations(engine, names);
    const client = await temporal();
    await Promise.all(activations.map(async (activation) => print(await cancelRun(engine, client, activation))));
    return 0;
  });
}

async function cancelRun(engine: Engine, client: Client, { activationId, name }: KnownActivation): Promise<string> {
  const holder = await findHolder(engine.db, activationId);
  if (!holder) return `${name}: no run is open.`;
  if (!(await isHolderAlive(client, holder))) {
    // Its workflow was terminated: nobody else closes the run.
    return endText(name, await closeRun(engine, { activationId, runId: holder.runId, outcome: 'cancelled' }));
  }
  await requestCancellation(client, holder);
  return endText(name, await closed(engine, name, holder.runId));
}

async function requestCancellation(client: Client, { workflowId }: Holder): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId).cancel();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error; // it has just ended
  }
}

async function closed(engine: Engine, name: string, runId: number): Promise<RunResult> {
  const startedAt = performance.now();
  let isPatient = true;
  for (;;) {
    const result = await runResult(engine, runId);
    if (result.state === 'closed') return result;
    if (isPatient && performance.now() - startedAt > PATIENCE_MS) {
      isPatient = false;
      say(`${name}: run ${runId} ends its requests on the wire first. That takes a worker: is one running?`);
    }
    await sleep(POLL_EVERY_MS);
  }
}

function endText(name: string, { runId, counts, ...run }: RunResult): string {
  const sent = `${plural(counts.accepted, 'contact')} accepted, ${counts.unsent} unsent`;
  return `${name}: run ${runId} is ${outcomeText({ runId, counts, ...run })} (${sent}).`;
}
