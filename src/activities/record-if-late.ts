import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../engine/database/database.js';
import { EngineUnreachable } from '../engine/database/engine-unreachable.js';
import type { OutboxChunk } from '../delivery/outbox/chunk.js';
import { recordLateSend } from '../delivery/outbox/late-send.js';
import { chunkStanding } from '../delivery/outbox/standing.js';

const RETRY_EVERY_MS = 1_000;
const PATIENCE_MS = 60_000;

/**
 * What a sender does that ends without an acknowledgement after a request of its own, however it ends: when its run has
 * lost the claim meanwhile, it records a late send. Returns what another attempt of the same step has acknowledged.
 * An engine that is away is waited for, because nobody else knows of the request.
 */
export async function recordIfLate(
  engine: Engine,
  chunk: OutboxChunk,
): Promise<{ accepted: number; rejected: number } | undefined> {
  const startedAt = performance.now();
  for (;;) {
    try {
      const { hasClaim, acknowledged } = await chunkStanding(engine, chunk);
      if (!hasClaim) await recordLateSend(engine, chunk);
      return hasClaim ? acknowledged : undefined;
    } catch (error) {
      const mayHeal = error instanceof EngineUnreachable && error.mayHeal;
      if (!mayHeal || performance.now() - startedAt > PATIENCE_MS) throw error;
      await sleep(RETRY_EVERY_MS);
    }
  }
}
