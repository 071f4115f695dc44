import type { ErrorReport } from './errors.js';
import type { GuardFigures, GuardSettings } from './guards.js';
import type { DiffCounts, RunHold, RunMode, RunResult, RunState, RunWait } from './run.js';

/** What a run's activities need to know of it. Ids and numbers only: it stands in Temporal's history. */
export interface RunRef {
  /** The identity of the engine that has opened it: no other takes a step of it. */
  engine: string;
  activation: string;
  activationId: number;
  /** The number that every write of the run is checked against. */
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
      guards: GuardSettings;
      /** Whether the search attributes are registered in this namespace. */
      searchAttributes: boolean;
      /**
       * Absent when requests of earlier runs are to be waited for first, or what the run is compared with could not be told:
       * `loadSnapshot` is asked for it then, and says why.
       */
      snapshot?: LoadSnapshotResult;
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
  /** Chunks of gone contacts and of differences that need no request. */
  settleChunks: number;
  guardFigures: GuardFigures;
  /** Whether something may be left to fold when the run has sent what it found. */
  mayFold: boolean;
}

export interface SendChunksInput {
  run: RunRef;
  /** In the order in which they are sent; at least one. */
  chunks: number[];
  /** Calls in a row that the destination has given no usable answer to; absent when the last one had one. */
  failures?: number;
}

export interface SendChunksResult {
  /** How many of the chunks, from the first, are acknowledged; not 0 unless the first one has stopped. */
  done: number;
  /** Contacts of these. */
  accepted: number;
  rejected: number;
  /** Why the chunk after these is not; absent when it was not begun, or there is none. */
  stop?: ChunkStop;
}

/**
 * `more`: stored progress, to be called again at once (a split goes on, or the call was withdrawn). `later`: nothing to do
 * before `waitMs`, because the pace allows nothing yet or the destination gives no usable answer.
 */
export type ChunkStop = { status: 'more' } | { status: 'later'; because: 'rate'; waitMs: number } | OutageStop;

export interface OutageStop {
  status: 'later';
  because: 'outage';
  waitMs: number;
  /** Since the first of the failures that were met here, milliseconds. */
  lastedMs: number;
  /** Calls in a row without a usable answer, those before included. */
  failures: number;
  destination: string;
  target: string;
  /** A short text of ours, such as `http 503` or `connection refused`. */
  reason: string;
  /** The destination answers, but only that it gets too many requests. */
  busy?: true;
}

export interface FoldSnapshotResult {
  folded: boolean;
  contacts: number;
}

interface RecordStateInput {
  run: RunRef;
  state: Extract<RunState, 'diffing' | 'held' | 'sending' | 'pausing' | 'paused'>;
  reason?: string;
  /** When it has begun, and again when it was approved. */
  hold?: RunHold;
  waiting?: RunWait;
}

export interface CloseRunInput {
  run: RunRef;
  outcome: 'completed' | 'failed' | 'cancelled';
  error?: ErrorReport;
}

export interface OpenIncidentInput {
  run: RunRef;
  /** With a culprit. */
  error: ErrorReport;
}

export interface OpenIncidentResult {
  /** Absent when nothing had to be paused: somebody has done so before, or the definitions are others now. */
  incidentId?: number;
  /** Names of the activations that it has paused, this one included; those that somebody had paused before are not among them. */
  paused: string[];
}

/** The steps of a run, as its workflow calls them: one activity each. */
export interface RunSteps {
  openRun(input: OpenRunInput): Promise<OpenRunResult>;
  loadSnapshot(run: RunRef): Promise<LoadSnapshotResult>;
  diffSegment(run: RunRef): Promise<DiffSegmentResult>;
  /** Makes what needs no request part of the snapshot: gone contacts, settled differences. Called once no guard holds the run. */
  settleDiff(run: RunRef): Promise<void>;
  /** One after the other, for about a second: chunks that it does not come to are left to other calls. */
  sendChunks(input: SendChunksInput): Promise<SendChunksResult>;
  foldSnapshot(run: RunRef): Promise<FoldSnapshotResult>;
  recordState(input: RecordStateInput): Promise<void>;
  closeRun(input: CloseRunInput): Promise<RunResult>;
  /** After a failure that no repeat can mend: pauses every activation that stands on the culprit, and starts `recovery` for it. */
  openIncident(input: OpenIncidentInput): Promise<OpenIncidentResult>;
}

/** `answered`: the culprit is well again. `over`: the incident was closed by other means; nothing is left to do. */
export type ProbeResult = { kind: 'answered' } | { kind: 'over' } | { kind: 'silent'; nextProbeInMs: number };

/** The steps of the workflow `recovery`. */
export interface RecoverySteps {
  /** How long to wait before the first probe. */
  awaitProbe(incident: IncidentRef): Promise<{ kind: 'over' } | { kind: 'open'; nextProbeInMs: number }>;
  /** Tries the culprit without touching a contact, and records the outcome and the time of the next probe. */
  probeCulprit(incident: IncidentRef): Promise<ProbeResult>;
  /** Resumes exactly what the incident had paused and starts one run of each, then closes the incident. Safe to repeat. */
  endIncident(incident: IncidentRef): Promise<{ resumed: string[] }>;
}

/** What the activities of a recovery need to know of its incident. */
export interface IncidentRef {
  /** The identity of the engine that has opened it: no other takes a step of its recovery. */
  engine: string;
  incidentId: number;
}
