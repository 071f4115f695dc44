import { OutflowError } from '../../activation/errors.js';

/**
 * The run in whose name something is written: it may write only while it has its activation's claim. Its number is what
 * others call a fencing token: it only grows, and every write is checked against it.
 */
export interface ClaimedRun {
  activationId: number;
  runId: number;
}

export function runSuperseded(runId: number): OutflowError {
  return new OutflowError(
    'RunSuperseded',
    `Run ${runId} no longer holds its activation: it was closed, or another run took over.`,
    'Nothing is lost: what it had not acknowledged is sent by the runs that follow. `outflow runs` lists them.',
  );
}
