import type { Knex } from 'knex';
import type { Actor } from '../../activation/actor.js';
import type { EnginePosition } from '../../activation/engine-position.js';
import { errorReport, OutflowError } from '../../activation/errors.js';
import type { RunMode, RunResult, RunTrigger } from '../../activation/run.js';
import { openDestination } from '../../destinations/registry.js';
import type { ActivationRow } from '../definitions/activation-row.js';
import { activationUnknown } from '../definitions/activations.js';
import { type Holder, lockClaimForTakeover, setHolder } from '../claim/claim.js';
import { recordAction } from '../audit/audit.js';
import type { Engine } from '../database/database.js';
import { definitionsOfVersion, newestVersion } from '../definitions/definitions.js';
import { noticeSetBack } from '../place/position.js';
import { endRun } from './end-run.js';
import { runSuperseded } from '../claim/claimed-run.js';
import { msUntilNothingInFlight } from '../claim/in-flight.js';
import { readRunResult } from './runs.js';

/** What somebody or something asked for, checked. */
interface RunRequest {
  activation: string;
  mode?: RunMode;
}

/** The workflow that wants to be the activation's run. */
export interface Applicant {
  request: RunRequest;
  trigger: RunTrigger;
  workflowId: string;
  temporalRunId: string;
  firstRunId: string;
  namespace: string;
  cluster: string;
}

export type OpenedRun =
  | {
      kind: 'opened';
      activationId: number;
      runId: number;
      definitionsVersion: number;
      /** Until no request of an earlier run can still arrive. */
      waitMs: number;
    }
  | { kind: 'skipped'; result: RunResult };

/** What was found out about the claim's holder outside the transaction; it counts only while that run still holds it. */
interface Inquiry {
  runId: number;
  alive: boolean;
}

/**
 * Gives the applicant its run number and the activation's claim, or records a skipped run: the activation is paused, or
 * another run is open whose workflow lives. The claim of a dead one is taken over.
 *
 * Safe to repeat: the workflow's run id finds the run that was opened before. Throws `RunSuperseded` when that one has
 * ended, `ActivationUnknown` for a name that is not applied, `EngineMismatch` in a database of an older epoch. `isHolderAlive` must answer true when in doubt; it is asked
 * outside transactions. `told`: what Temporal knew of the database before; where that is more than the database knows itself,
 * everything is owed from now on.
 */
export async function openRun(
  engine: Engine,
  applicant: Applicant,
  isHolderAlive: (holder: Holder) => Promise<boolean>,
  told?: EnginePosition,
): Promise<OpenedRun> {
  let inquiry: Inquiry | undefined;
  for (;;) {
    const answer = await engine.db.transaction((trx) => apply(engine, trx, applicant, inquiry, told));
    if (answer.kind !== 'claimed-by-another') return answer;
    inquiry = { runId: answer.holder.runId, alive: await isHolderAlive(answer.holder) };
  }
}

async function apply(
  engine: Engine,
  trx: Knex.Transaction,
  applicant: Applicant,
  inquiry: Inquiry | undefined,
  told: EnginePosition | undefined,
): Promise<OpenedRun | { kind: 'claimed-by-another'; holder: Holder }> {
  const { activation: name } = applicant.request;
  // Before any claim is locked: everybody who notices locks them in the same order.
  await noticeSetBack(trx, told);
  const found = await trx<ActivationRow>('outflow.activation').where({ name }).first('activation_id');
  if (!found) throw await activationUnknown(trx, name);
  const activationId = found.activation_id;
  const holder = await lockClaimForTakeover(trx, activationId);

  const earlier = await findEarlier(trx, applicant.temporalRunId);
  if (earlier?.outcome === 'skipped') return { kind: 'skipped', result: await readRunResult(trx, earlier.run_id) };
  if (earlier) {
    if (holder?.runId !== earlier.run_id) throw runSuperseded(earlier.run_id);
    return opened(trx, activationId, earlier.run_id, earlier.definitions_version);
  }

  // Read after the lock, under which `apply` removes and renames.
  const activation = await trx<ActivationRow>('outflow.activation').where({ activation_id: activationId }).first();
  const version = await newestVersion(trx);
  const definitions = version === undefined ? undefined : await definitionsOfVersion(engine, version, trx);
  const definition = definitions?.activations[name];
  if (activation?.name !== name || activation.removed_at !== null || version === undefined || !definition) {
    throw await activationUnknown(trx, name);
  }
  const run = {
    activation_id: activationId,
    workflow_id: applicant.workflowId,
    temporal_run_id: applicant.temporalRunId,
    trigger: applicant.trigger,
    definitions_version: version,
    request_timeout_ms: openDestination(definitions.destinations[definition.destination]!).limits.requestTimeoutMs,
  };
  if (activation.paused_at) return skip(trx, run, applicant.request, activationPaused(activation));
  if (holder && !isSameWorkflow(holder, applicant)) {
    if (inquiry?.runId !== holder.runId) return { kind: 'claimed-by-another', holder };
    if (inquiry.alive) return skip(trx, run, applicant.request, runAlreadyOpen(name, holder));
  }

  const runId = await insertRun(trx, { ...run, state: 'diffing' });
  if (holder) await supersede(trx, name, holder.runId, runId);
  // Those of schedules are told by the run's trigger; other starts are recorded by whoever starts them.
  if (applicant.trigger === 'manual') await recordAction(trx, somebodyInTemporal, 'start', [activationId]);
  await setHolder(trx, activationId, { ...applicant, runId });
  return opened(trx, activationId, runId, version);
}

/** Temporal does not say who has started a workflow. */
const somebodyInTemporal: Actor = { who: 'somebody', by: 'temporal-ui' };

function findEarlier(trx: Knex.Transaction, temporalRunId: string) {
  return trx<{ run_id: number; definitions_version: number; outcome: string | null; temporal_run_id: string }>(
    'outflow.run',
  )
    .where({ temporal_run_id: temporalRunId })
    .first('run_id', 'definitions_version', 'outcome');
}

async function opened(
  trx: Knex.Transaction,
  activationId: number,
  runId: number,
  definitionsVersion: number,
): Promise<OpenedRun> {
  return {
    kind: 'opened',
    activationId,
    runId,
    definitionsVersion,
    waitMs: await msUntilNothingInFlight(trx, activationId, runId),
  };
}

/** A workflow that was reset opens its run again, in the place of the execution that the reset ended. */
function isSameWorkflow(holder: Holder, applicant: Applicant): boolean {
  return (
    holder.workflowId === applicant.workflowId &&
    holder.firstRunId === applicant.firstRunId &&
    holder.namespace === applicant.namespace &&
    holder.cluster === applicant.cluster
  );
}

async function supersede(trx: Knex.Transaction, name: string, deadRunId: number, runId: number): Promise<void> {
  await endRun(trx, deadRunId, {
    outcome: 'failed',
    error: errorReport(
      'RunSuperseded',
      `Run ${deadRunId} of activation "${name}" was closed by run ${runId}: its workflow had ended without closing it.`,
      'Nothing is lost: what it had not acknowledged is sent by the runs that follow.',
    ),
  });
}

async function skip(trx: Knex.Transaction, run: object, { mode }: RunRequest, error: OutflowError): Promise<OpenedRun> {
  const runId = await insertRun(trx, {
    ...run,
    mode: mode ?? 'delta',
    full_because: mode === 'full' ? 'requested' : null,
    state: 'closed',
    outcome: 'skipped',
    error: error.report(),
    finished_at: trx.raw('clock_timestamp()'),
  });
  return { kind: 'skipped', result: await readRunResult(trx, runId) };
}

async function insertRun(trx: Knex.Transaction, run: Record<string, unknown>): Promise<number> {
  const rows: { run_id: number }[] = await trx('outflow.run').insert(run, ['run_id']);
  return rows[0]!.run_id;
}

function activationPaused({
  name,
  paused_at: since,
  paused_by: by,
  pause_reason: reason,
  paused_by_incident: incident,
}: ActivationRow): OutflowError {
  const resume = `\`outflow resume ${name}\``;
  return new OutflowError(
    'ActivationPaused',
    `Activation "${name}" is paused since ${since?.toISOString() ?? ''} by ${by ?? ''}${reason === null ? '' : ` (${reason})`}.`,
    incident === null
      ? `Resume it with ${resume}.`
      : `It is resumed by itself once that is mended; at once with \`outflow check ${name}\` when all is well, in any case with ${resume}.`,
  );
}

function runAlreadyOpen(name: string, holder: Holder): OutflowError {
  return new OutflowError(
    'RunAlreadyOpen',
    `Run ${holder.runId} of activation "${name}" is open since ${holder.takenAt.toISOString()}.`,
    `\`outflow status ${name}\` shows what it is doing, or what it waits for; \`outflow cancel ${name}\` ends it.`,
  );
}
