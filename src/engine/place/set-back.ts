import type { Knex } from 'knex';
import type { EnginePosition } from '../../activation/engine-position.js';
import { errorReport } from '../../activation/errors.js';
import { lockClaimForTakeover, releaseClaim } from '../claim/claim.js';
import { endRun } from '../runs/end-run.js';

/** Numbers that are left free above the newest known: runs that have sent nothing, and incidents, are known to nobody. */
const SPARE_NUMBERS = 1_000;

/**
 * Begins a new epoch: what the destinations hold is not known any more. Open runs are closed, the numbers of runs go on above
 * all that may have been given, and the next run of each activation sends everything. Contacts stay known. `told`: what
 * Temporal knows of the database, which may be more than the database does.
 */
export async function setBack(trx: Knex.Transaction, told: EnginePosition | undefined, because: string): Promise<void> {
  const activations = await trx<{ activation_id: number }>('outflow.activation')
    .orderBy('activation_id')
    .pluck<number[]>('activation_id');
  for (const activationId of activations) {
    const holder = await lockClaimForTakeover(trx, activationId);
    if (!holder) continue;
    await endRun(trx, holder.runId, { outcome: 'failed', error: closedBySetBack(holder.runId, because) });
    await releaseClaim(trx, activationId);
  }
  await trx.raw(
    `update outflow.engine set epoch = greatest(date_trunc('milliseconds', clock_timestamp()), epoch + interval '1 ms'),
       set_back_because = :because, sendings = greatest(sendings, :sendings), sent_run = greatest(sent_run, :runId)`,
    { because, sendings: told?.sendings ?? 0, runId: told?.runId ?? 0 },
  );
  await trx.raw(
    `select setval(pg_get_serial_sequence('outflow.run', 'run_id'),
       greatest((select last_value from outflow.run_run_id_seq), :runId) + :spare)`,
    { runId: told?.runId ?? 0, spare: SPARE_NUMBERS },
  );
  // Temporal remembers the recovery of an incident by its number, and begins none that it has had.
  await trx.raw(
    `select setval(pg_get_serial_sequence('outflow.incident', 'incident_id'),
       (select last_value from outflow.incident_incident_id_seq) + :spare)`,
    { spare: SPARE_NUMBERS },
  );
  await trx('outflow.snapshot').update({ full_due: because });
}

function closedBySetBack(runId: number, because: string) {
  return errorReport(
    'RunSuperseded',
    `Run ${runId} was closed: ${because}.`,
    'Nothing is lost: the next run of each activation sends everything again.',
  );
}
