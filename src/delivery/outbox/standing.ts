import type { Engine } from '../../engine/database/database.js';
import type { OutboxChunk } from './chunk.js';

/** Whether the chunk's run still has its claim, and what was acknowledged of the chunk meanwhile, by whatever attempt. */
export async function chunkStanding(
  engine: Engine,
  { run, seq }: OutboxChunk,
): Promise<{ hasClaim: boolean; acknowledged: { accepted: number; rejected: number } | undefined }> {
  const { rows } = await engine.db.raw<{
    rows: { has_claim: boolean; accepted: number | null; rejected: number | null }[];
  }>(
    `select exists (select from outflow.claim where activation_id = :activationId and run_id = :runId) as has_claim,
            c.accepted, c.rejected
     from (select) one
     left join outflow.change_chunk c on c.run_id = :runId and c.kind = 'send' and c.seq = :seq
       and c.diff_attempt = (select d.diff_attempt from outflow.run_diff d where d.run_id = :runId)`,
    { activationId: run.activationId, runId: run.runId, seq },
  );
  const { has_claim, accepted, rejected } = rows[0]!;
  return {
    hasClaim: has_claim,
    acknowledged: accepted === null || rejected === null ? undefined : { accepted, rejected },
  };
}
