import { OutflowError } from '../activation/errors.js';
import { startLoop, type WorkerLoop } from '../worker/loop.js';
import type { RecoveryContext } from '../operations/incidents/context.js';
import { startRecoveries } from './start-recoveries.js';

export interface RecoveryLoopOptions extends RecoveryContext {
  /** For a log: without contact data and secrets. */
  report: (line: string) => void;
  /** Milliseconds between two looks. Default 60,000. */
  everyMs?: number;
}

/**
 * Begins the recoveries that are missing, again and again: one that somebody has ended, and one that a worker died before
 * it began. Nothing that goes wrong here leaves it but as a line of the log. Any number of processes may do so at once.
 */
export function startRecoveryLoop({ report, everyMs = 60_000, ...context }: RecoveryLoopOptions): WorkerLoop {
  return startLoop(everyMs, async () => {
    try {
      await startRecoveries(context, report);
    } catch (error) {
      // A failure of the one query, which has no parameters: its text holds nothing of contacts.
      const reason = error instanceof OutflowError ? error.message : String(error);
      report(`Whether recoveries are missing is not known at present; it is looked again. ${reason}`);
    }
  });
}
