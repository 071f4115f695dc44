import type { Knex } from 'knex';
import type { RunMode } from '../../activation/run.js';
import type { Engine } from '../database/database.js';
import type { ClaimedRun } from '../claim/claimed-run.js';
import { requireClaim } from '../claim/require-claim.js';

export interface ModeRequest {
  run: ClaimedRun;
  /** As the run was asked for. Default delta. */
  requestedMode?: RunMode;
  /** Fingerprints of where the contacts of each target are. */
  targets: Record<string, string>;
  /** A full run is due when the last one completed longer ago, milliseconds. */
  resyncEveryMs?: number;
  /** Whether the segment's identifier is another field than in the run before. */
  identifierChanged?: boolean;
}

export interface DecidedMode {
  mode: RunMode;
  fullBecause?: string;
}

interface SnapshotRow {
  target_fingerprints: Record<string, string>;
  is_empty: boolean;
  full_is_pending: boolean;
  /** Why everything is owed, since a reset or a restore. */
  full_due: string | null;
  age_ms: number | null;
}

/**
 * Decides whether the run sends everything again, and records it: values of older runs then read as owed. That stays so
 * until the snapshot has newer ones: a full run that is interrupted is finished by the runs that follow, which are delta
 * runs. Nothing is sent twice from an empty snapshot, so there only the targets are recorded. Safe to repeat. Throws
 * `RunSuperseded` when the run has lost the claim.
 */
export async function decideMode(engine: Engine, request: ModeRequest): Promise<DecidedMode> {
  const { activationId, runId } = request.run;
  return engine.db.transaction(async (trx) => {
    await requireClaim(trx, request.run);
    const decided = await trx<{ run_id: number; mode: RunMode; full_because: string }>('outflow.run')
      .where({ run_id: runId, mode: 'full' })
      .first('mode', 'full_because');
    if (decided) return { mode: 'full', fullBecause: decided.full_because };

    const fullBecause = reasonForFull(await readSnapshot(trx, activationId), request);
    await trx('outflow.snapshot')
      .where({ activation_id: activationId })
      .update({
        target_fingerprints: request.targets,
        full_due: null,
        ...(fullBecause === undefined ? {} : { owed_before_run: runId, full_because: fullBecause }),
      });
    if (fullBecause === undefined) return { mode: 'delta' };
    await trx('outflow.run').where({ run_id: runId }).update({ mode: 'full', full_because: fullBecause });
    return { mode: 'full', fullBecause };
  });
}

async function readSnapshot(trx: Knex.Transaction, activationId: number): Promise<SnapshotRow> {
  const { rows } = await trx.raw<{ rows: SnapshotRow[] }>(
    `select target_fingerprints, full_due, full_because is not null as full_is_pending,
       (extract(epoch from clock_timestamp() - everything_sent_at) * 1000)::bigint as age_ms,
       row_count = 0
         and not exists (select from outflow.change_chunk c where c.activation_id = s.activation_id)
         and not exists (select from outflow.late_send l where l.activation_id = s.activation_id) as is_empty
     from outflow.snapshot s where activation_id = ?`,
    [activationId],
  );
  return rows[0]!;
}

function reasonForFull(snapshot: SnapshotRow, request: ModeRequest): string | undefined {
  if (request.requestedMode === 'full') return 'requested';
  if (snapshot.is_empty) return undefined;
  if (snapshot.full_due !== null) return snapshot.full_due;
  if (request.identifierChanged === true) return 'the identifier changed';
  const newTargets = Object.entries(request.targets)
    .filter(([name, fingerprint]) => snapshot.target_fingerprints[name] !== fingerprint)
    .map(([name]) => name);
  if (newTargets.length === 1) return `target ${newTargets[0]!} is new`;
  if (newTargets.length > 1) return `targets ${newTargets.join(', ')} are new`;
  const { resyncEveryMs } = request;
  const isDue = resyncEveryMs !== undefined && snapshot.age_ms !== null && snapshot.age_ms >= resyncEveryMs;
  return isDue && !snapshot.full_is_pending ? `resync every ${duration(resyncEveryMs)}` : undefined;
}

/** In the largest unit that gives a whole number, as outflow.yaml writes it. */
function duration(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const;
  const [unit, unitMs] = units.find(([, size]) => ms % size === 0) ?? ['ms', 1];
  return `${ms / unitMs}${unit}`;
}
