import { setTimeout as sleep } from 'node:timers/promises';

/** Something that a worker does now and then, beside its steps. */
export interface WorkerLoop {
  /** Resolves when the look under way has ended. */
  end(): Promise<void>;
}

/**
 * Calls `look` at once, and again `everyMs` after it has ended, until the loop is ended; `ended` tells a look of that. What a
 * look meets is its own to report: it never rejects.
 */
export function startLoop(everyMs: number, look: (ended: AbortSignal) => Promise<void>): WorkerLoop {
  const ending = new AbortController();
  const { signal } = ending;
  const looking = (async () => {
    while (!signal.aborted) {
      await look(signal);
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  })();
  return {
    async end() {
      ending.abort();
      await looking;
    },
  };
}
