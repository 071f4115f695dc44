import type { Engine } from '../engine/database.js';
import type { Fence } from '../engine/fence.js';
import { claimed, runSuperseded } from '../engine/fence.js';

/**
 * Makes the chunks of the run's published diff that need no request part of the snapshot: gone contacts, and differences
 * that are decided without one. When nothing is to be sent, earlier rejections that are not deferred are settled too: their
 * contacts left the segment, became invalid, or have nothing to send any more. Safe to repeat. Throws RunSuperseded.
 */
export async function settleDiff(engine: Engine, { activationId, runId }: Fence): Promise<void> {
  const { rows } = await engine.db.raw<{ rows: { claim_held: boolean }[] }>(
    `with ${claimed}, published as (
       select diff_attempt, send_chunks from outflow.run_diff where run_id = :runId and exists (select from claimed)),
     settled as (
       update outflow.change_chunk k set acked_at = clock_timestamp()
       from published p
       where k.run_id = :runId and k.diff_attempt = p.diff_attempt and k.kind = 'settle' and k.acked_at is null),
     healed as (
       delete from outflow.rejection r using published p
       where p.send_chunks = 0 and r.activation_id = :activationId and r.deferred_in_run is distinct from :runId)
     select exists (select from claimed) as claim_held`,
    { activationId, runId },
  );
  if (!rows[0]!.claim_held) throw runSuperseded(runId);
}
