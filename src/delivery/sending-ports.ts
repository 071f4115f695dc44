import type { BodyRule } from '../destinations/kit/body-rule.js';
import type { Engine } from '../engine/database/database.js';
import { pushBack, reserve } from '../engine/runs/pacing.js';
import { callPorts, targetOf } from './call-ports.js';
import type { DeliveryInput } from './deliver.js';
import type { ReachedDestination } from './kept-destinations.js';
import { markAttempt } from './outbox/attempt.js';
import type { OutboxChunk } from './outbox/chunk.js';

export interface SenderOfChunk {
  engine: Engine;
  engineId: string;
  reached: ReachedDestination;
  /** The activation's name. */
  activation: string;
  chunk: OutboxChunk;
  /** Of the chunk's columns. */
  rules: readonly BodyRule[];
  withdrawal: AbortSignal;
  /** Called before each request that leaves. */
  onPost: () => void;
}

/** What sending a chunk needs of its destination, of the engine's database and of time. */
export function sendingPorts({
  engine,
  engineId,
  reached,
  activation,
  chunk,
  rules,
  withdrawal,
  onPost,
}: SenderOfChunk) {
  const timelinesOf = (target: string) =>
    targetOf(reached, target).timelines.map(({ key, costMs }) => ({ id: reached.fingerprint(engineId, key), costMs }));
  const key = `${engineId}/${chunk.run.runId}/${chunk.seq}`;
  return {
    ...callPorts({ reached, activation, key, rows: chunk.rows, rules, onPost }),
    async pace(target, rows) {
      let waitMs = 0;
      for (const { id, costMs } of timelinesOf(target)) {
        const reserved = await reserve(engine, id, costMs(rows));
        if ('laterMs' in reserved) return { kind: 'later', waitMs: reserved.laterMs };
        waitMs = Math.max(waitMs, reserved.waitMs);
      }
      return { kind: 'go', waitMs };
    },
    async slowDown(target, ms) {
      for (const { id } of timelinesOf(target)) await pushBack(engine, id, ms);
    },
    mark: () => markAttempt(engine, chunk),
    sleep: (ms) => sleepUnlessWithdrawn(ms, withdrawal),
    withdrawn: () => withdrawal.aborted,
    now: () => performance.now(),
  } satisfies Partial<DeliveryInput>;
}

async function sleepUnlessWithdrawn(ms: number, withdrawal: AbortSignal): Promise<void> {
  if (withdrawal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    withdrawal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      withdrawal.removeEventListener('abort', done);
      resolve();
    }
  });
}
