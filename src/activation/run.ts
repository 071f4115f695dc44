import type { ErrorReport } from './errors.js';

export type RunMode = 'delta' | 'full';
export type RunTrigger = 'schedule' | 'cli' | 'manual';
export type RunState = 'diffing' | 'sending' | 'pausing' | 'paused' | 'closing' | 'closed';
export type RunOutcome = 'completed' | 'completed_with_warnings' | 'skipped' | 'failed' | 'cancelled';

/**
 * The figures of a run. `read = unchanged + new + changed + invalid` and `new + changed = accepted + rejected + unsent`.
 * `read` and `invalid` count rows (every row of a duplicated identifier), `invalidValues` the values that stand as
 * invalid at the end of the run, the others contacts, whatever the number of API keys.
 */
export interface RunCounts {
  read: number;
  unchanged: number;
  new: number;
  changed: number;
  gone: number;
  invalid: number;
  accepted: number;
  rejected: number;
  unsent: number;
  invalidValues: number;
}

/** What a diff finds. */
export type DiffCounts = Pick<RunCounts, 'read' | 'unchanged' | 'new' | 'changed' | 'gone' | 'invalid'>;

export const noCounts: RunCounts = {
  read: 0,
  unchanged: 0,
  new: 0,
  changed: 0,
  gone: 0,
  invalid: 0,
  accepted: 0,
  rejected: 0,
  unsent: 0,
  invalidValues: 0,
};

/** What a run did: the result of its workflow, of `outflow run --json` and of each element of `outflow runs --json`. */
export interface RunResult {
  activation: string;
  /** Our number: it only grows, and fences everything that the run writes. */
  runId: number;
  workflowId: string;
  temporalRunId: string;
  mode: RunMode;
  /** Why the run sends everything again; absent in a delta run. */
  fullBecause?: string;
  trigger: RunTrigger;
  state: RunState;
  /** null while the run is open. */
  outcome: RunOutcome | null;
  counts: RunCounts;
  /** Acknowledged attributes, once whatever the number of API keys. */
  attributesSent: number;
  /** HTTP requests, all API keys and repeats. */
  requests: number;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** ISO 8601, UTC; null while the run is open. */
  finishedAt: string | null;
  error?: ErrorReport;
}
