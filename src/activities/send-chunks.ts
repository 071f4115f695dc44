import type { SendChunksInput, SendChunksResult } from '../activation/steps.js';
import { loadChunk } from '../delivery/outbox/load.js';
import type { Dependencies } from './dependencies.js';
import { withHeartbeats } from './heartbeats.js';
import { pinnedRun } from './pinned-run.js';
import { sendChunk } from './send-chunk.js';

/** What a run shows of itself is at most this and one chunk old; a pause of a run whose destination is fast may wait so long. */
const BEGINS_CHUNKS_FOR_MS = 1_000;

/**
 * Sends chunks one after the other until its time is over or one stops: a withdrawal makes it stop. Safe to repeat: those
 * that were acknowledged are passed over. The first that was not is begun whatever the time, because an attempt that a dead
 * worker left may have a request of that one under way. Throws what a chunk throws; those before it stay acknowledged.
 */
export async function sendChunks(
  deps: Dependencies,
  { run, chunks, failures = 0 }: SendChunksInput,
): Promise<SendChunksResult> {
  const endsAt = performance.now() + BEGINS_CHUNKS_FOR_MS;
  return withHeartbeats(
    () => undefined,
    async () => {
      const [pinned] = await Promise.all([pinnedRun(deps.engine, run), deps.beginSending(run)]);
      const sent = { done: 0, accepted: 0, rejected: 0 };
      for (const seq of chunks) {
        const chunk = await loadChunk(deps.engine, run, seq);
        const result = chunk.acknowledged
          ? { status: 'done' as const, ...chunk.acknowledged }
          : await sendChunk(deps, pinned, chunk, sent.done === 0 ? failures : 0);
        if (result.status !== 'done') return { ...sent, stop: result };
        sent.done++;
        sent.accepted += result.accepted;
        sent.rejected += result.rejected;
        if (!chunk.acknowledged && performance.now() >= endsAt) break;
      }
      return sent;
    },
  );
}
