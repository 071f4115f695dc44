import { setTimeout as sleep } from 'node:timers/promises';
import { asEngineUnreachable } from '../engine/engine-unreachable.js';
import type { RecoveryContext } from './context.js';
import { startRecoveries } from './start-recoveries.js';

export interface RecoveryLoopOptions extends Pick<RecoveryContext, 'engine' | 'temporalClient'> {
  /** For a log: without contact data and secrets. */
  report: (line: string) => void;
  /** Milliseconds between two looks. Default 60,000. */
  everyMs?: number;
}

export interface RecoveryLoop {
  /** Resolves when the look under way has ended. */
  end(): Promise<void>;
}

/**
 * Begins the recoveries that are missing, again and again: one that somebody has ended, and one that a worker died before
 * it began. Nothing that goes wrong here leaves it but as a line of the log. Any number of processes may do so at once.
 */
export function startRecoveryLoop({ report, everyMs = 60_000, ...context }: RecoveryLoopOptions): RecoveryLoop {
  const ended = new AbortController();

  async function look(): Promise<void> {
    while (!ended.signal.aborted) {
      try {
        await startRecoveries(context, report);
      } catch (error) {
        // A failure of the one query, which has no parameters: its text holds nothing of contacts.
        const reason = asEngineUnreachable(context.engine.where, error)?.message ?? String(error);
        report(`Whether recoveries are missing is not known at present; it is looked again. ${reason}`);
      }
      await sleep(everyMs, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  }

  const looking = look();
  return {
    async end() {
      ended.abort();
      await looking;
    },
  };
}
