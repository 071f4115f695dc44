import type { Layout } from '../../activation/layout.js';
import type { ClaimedRun } from '../../engine/claim/claimed-run.js';
import type { SendChunkRows } from '../../snapshot/chunks/rows.js';
import type { LineHasher } from '../../snapshot/index/line-hash.js';

/** A chunk of the run's published diff, as it is sent. */
export interface OutboxChunk {
  run: ClaimedRun;
  seq: number;
  layout: Layout;
  rows: SendChunkRows;
  /** What `saveProgress` stored last, or null. */
  progress: unknown;
  /** For the lines of a first run, whose chunks become the snapshot's base; undefined when another lies below. */
  baseHasher: LineHasher | undefined;
  acknowledged: undefined;
  /** Nobody reads its rows any more: gives their memory back. To be called once. */
  release(): void;
}

/** In a statement with a `claimed`, the chunk `k` that is its run's and not acknowledged. */
export const THIS_CHUNK = `k.run_id = :runId and k.kind = 'send' and k.seq = :seq
  and k.diff_attempt = (select d.diff_attempt from outflow.run_diff d where d.run_id = :runId)
  and k.acked_at is null and exists (select from claimed)`;
