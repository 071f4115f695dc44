import type { ErrorReport } from './errors.js';
import type { DiffCounts, RunMode, RunResult, RunState } from './run.js';

/** What a run's activities need to know of it. Ids and numbers only: it stands in Temporal's history. */
export interface RunRef {
  activation: string;
  activationId: number;
  /** The fence. */
  runId: number;
  /** What the run was asked for; whether it is full in the end is said by `loadSnapshot`. */
  requestedMode?: RunMode;
}

export interface OpenRunInput {
  /** The workflow's input as it was typed: checked by the activity. */
  request: unknown;
  scheduled: boolean;
  /** Temporal's first execution run id: the same after a reset and after each continue-as-new. */
  firstRunId: string;
}

export type OpenRunResult =
  | {
      kind: 'opened';
      run: RunRef;
      /** How long to wait before anything is sent: until no request of an earlier run can still arrive. */
      waitMs: number;
      /** Chunks under way at once. */
      concurrency: number;
      /** Hard deadline of one HTTP request. */
      requestTimeoutMs: number;
      /** Whether the search attributes are registered in this namespace. */
      searchAttributes: boolean;
    }
  | { kind: 'skipped'; result: RunResult };

export interface LoadSnapshotResult {
  mode: RunMode;
  fullBecause?: string;
  generation: number;
  /** Contacts in the blocks of that generation. */
  contacts: number;
  /** Chunks of earlier runs that were attempted and never acknowledged. */
  chunksInDoubt: number;
}

export interface DiffSegmentResult extends DiffCounts {
  /** Chunks to send are numbered 1 to this. */
  chunks: number;
}

export interface SendChunkInput {
  run: RunRef;
  chunk: number;
}

/**
 * `done`: acknowledged. `more`: stored progress, to be called again at once (a split goes on, or the call was withdrawn).
 * `later`: nothing to do before `waitMs`, because the pace allows nothing yet or the destination does not answer.
 */
export type SendChunkResult =
  | { status: 'done'; accepted: number; rejected: number }
  | { status: 'more' }
  | { status: 'later'; waitMs: number; because: 'rate' | 'outage' };

export interface FoldSnapshotResult {
  folded: boolean;
  contacts: number;
}

interface RecordStateInput {
  run: RunRef;
  state: Extract<RunState, 'diffing' | 'sending' | 'pausing' | 'paused'>;
  reason?: string;
}

export interface CloseRunInput {
  run: RunRef;
  outcome: 'completed' | 'failed' | 'cancelled';
  error?: ErrorReport;
}

/** The steps of a run, as its workflow calls them: one activity each. */
export interface RunSteps {
  openRun(input: OpenRunInput): Promise<OpenRunResult>;
  loadSnapshot(run: RunRef): Promise<LoadSnapshotResult>;
  diffSegment(run: RunRef): Promise<DiffSegmentResult>;
  sendChunk(input: SendChunkInput): Promise<SendChunkResult>;
  foldSnapshot(run: RunRef): Promise<FoldSnapshotResult>;
  recordState(input: RecordStateInput): Promise<void>;
  closeRun(input: CloseRunInput): Promise<RunResult>;
}
