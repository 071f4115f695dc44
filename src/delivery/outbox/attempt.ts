import { runSuperseded } from '../../engine/claim/claimed-run.js';
import { writeWithClaim } from '../../engine/claim/write-with-claim.js';
import type { Engine } from '../../engine/database/database.js';
import { type OutboxChunk, THIS_CHUNK } from './chunk.js';

/**
 * Marks the chunk as attempted, durably, before a request leaves: whatever happens then, the next run knows that the
 * destination may have it. Throws RunSuperseded.
 */
export async function markAttempt(engine: Engine, chunk: OutboxChunk): Promise<void> {
  const marked = await writeWithClaim(
    engine.db,
    chunk.run,
    `update outflow.change_chunk k set attempted_at = clock_timestamp(), sending = true, requests = k.requests + 1
     where ${THIS_CHUNK} returning k.seq`,
    { seq: chunk.seq },
  );
  if (marked.length === 0) throw runSuperseded(chunk.run.runId);
}

/** Stores which parts of the chunk each target has answered. Throws RunSuperseded. */
export async function saveProgress(engine: Engine, chunk: OutboxChunk, progress: object): Promise<void> {
  const saved = await writeWithClaim(
    engine.db,
    chunk.run,
    `update outflow.change_chunk k set progress = cast(:progress as jsonb) where ${THIS_CHUNK} returning k.seq`,
    { seq: chunk.seq, progress: JSON.stringify(progress) },
  );
  if (saved.length === 0) throw runSuperseded(chunk.run.runId);
}
