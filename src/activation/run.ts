import type { ErrorReport } from './errors.js';
import type { TrippedGuard } from './guards.js';

export type RunMode = 'delta' | 'full';
/** `recovery`: the run that makes up for those missed while an activation was paused automatically. */
export type RunTrigger = 'schedule' | 'cli' | 'manual' | 'recovery';
export type RunState = 'diffing' | 'held' | 'sending' | 'pausing' | 'paused' | 'closing' | 'closed';
export type RunOutcome = 'completed' | 'completed_with_warnings' | 'skipped' | 'failed' | 'cancelled';

/**
 * The figures of a run. `read = unchanged + new + changed + invalid + deferred` and
 * `new + changed = accepted + rejected + unsent`. `deferred` counts contacts that the destination refused before and that
 * are not sent again yet, because nothing of them has changed.
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
  deferred: number;
  accepted: number;
  rejected: number;
  unsent: number;
  invalidValues: number;
}

/** What a diff finds. */
export type DiffCounts = Pick<RunCounts, 'read' | 'unchanged' | 'new' | 'changed' | 'gone' | 'invalid' | 'deferred'>;

export const noCounts: RunCounts = {
  read: 0,
  unchanged: 0,
  new: 0,
  changed: 0,
  gone: 0,
  invalid: 0,
  deferred: 0,
  accepted: 0,
  rejected: 0,
  unsent: 0,
  invalidValues: 0,
};

/** Why a run stands still before anything of it counts, until somebody approves it or cancels it. */
export interface RunHold {
  /** `run-42`: what an approval has to name, so that it opens no other hold. */
  name: string;
  guards: TrippedGuard[];
  /** ISO 8601, UTC. */
  since: string;
  /** Absent while the run is held. `via` is absent when it was approved in the Temporal UI, or with Temporal's CLI. */
  approved?: { at: string; by?: string; via?: 'cli' };
}

/** What an open run waits for by itself. Instants are ISO 8601, UTC; at `until` it tries again. */
export type RunWait = { since: string; until: string } & (
  | { for: 'earlier-requests' }
  /** Gives no usable answer; `busy`: none but that it gets too many requests. `reason`: a short text of ours, such as `http 503`. */
  | { for: 'destination'; destination: string; target: string; reason: string; busy?: true }
);

/** How a segment is read. `identifier`: sorted by its identifier's bytes, by the source. `any`: as the source comes by the rows. */
export type ReadOrder = 'identifier' | 'any';

/**
 * How a run has come by its segment's rows: sorted by the identifier's bytes, as the source came by them, or not at all,
 * because a checksum said that they are those of the run before.
 */
export type ReadMode = 'sorted' | 'unsorted' | 'skipped';

/** What a run did: the result of its workflow, of `outflow run --json` and of each element of `outflow runs --json`. */
export interface RunResult {
  activation: string;
  /** Our number: it only grows, and every write of the run is checked against it. */
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
  /** null before the diff is done. */
  readMode: ReadMode | null;
  /** Acknowledged attributes, once whatever the number of API keys. */
  attributesSent: number;
  /** HTTP requests, all API keys and repeats. */
  requests: number;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** ISO 8601, UTC; null while the run is open. */
  finishedAt: string | null;
  /** Present when guards held the run. */
  hold?: RunHold;
  /** Present while the run is open and waits. */
  waiting?: RunWait;
  error?: ErrorReport;
}
