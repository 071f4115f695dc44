import type { Engine } from '../../engine/database/database.js';
import type { ClaimedRun } from '../../engine/claim/claimed-run.js';
import { writeWithClaim } from '../../engine/claim/write-with-claim.js';

/**
 * Makes the chunks of the run's published diff that need no request part of the snapshot: gone contacts, and differences
 * that are decided without one. Safe to repeat. Throws RunSuperseded.
 */
export async function settleDiff(engine: Engine, run: ClaimedRun): Promise<void> {
  await writeWithClaim(
    engine.db,
    run,
    `update outflow.change_chunk k set acked_at = clock_timestamp()
     from outflow.run_diff d
     where d.run_id = :runId and k.run_id = d.run_id and k.diff_attempt = d.diff_attempt and k.kind = 'settle'
       and k.acked_at is null and exists (select from claimed)
     returning k.seq`,
  );
}
