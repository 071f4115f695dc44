import type { Target } from '../destinations/destination.js';
import type { BodyRule } from '../destinations/kit/body-rule.js';
import type { Engine } from '../engine/database/database.js';
import { pushBack, reserve } from '../engine/runs/pacing.js';
import type { DeliveryInput } from './deliver.js';
import type { ReachedDestination } from './kept-destinations.js';
import { markAttempt, type OutboxChunk } from './outbox/outbox.js';

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
  const { destination, name, service } = reached;
  const targetNamed = (target: string): Target => destination.targets.find((each) => each.name === target)!;
  const sending = (target: string, from: number, to: number) => ({
    target: targetNamed(target),
    rules,
    rows: chunk.rows,
    from,
    to,
    key: `${engineId}/${chunk.run.runId}/${chunk.seq}/${target}/${from}-${to}`,
    activation,
  });
  const timelinesOf = (target: string) =>
    targetNamed(target).timelines.map(({ key, costMs }) => ({ id: reached.fingerprint(engineId, key), costMs }));
  return {
    destination: { name, service },
    callFor: (target, from, to) => destination.call(sending(target, from, to)),
    async post({ target, from, to, call }) {
      onPost();
      const answer = await reached.send({ ...call, body: call.body.bytes });
      if ('unanswered' in answer) return { kind: 'unavailable', reason: answer.unanswered };
      return destination.judge(sending(target, from, to), answer);
    },
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
