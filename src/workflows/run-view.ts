import type { DiffCounts, RunHold, RunMode, RunState, RunWait } from '../activation/run.js';
import type { ShownState } from '../activation/search-attributes.js';
import type { DiffSegmentResult, RunRef } from '../activation/steps.js';
import { chunkList, type ChunkList } from './chunk-list.js';
import type { Pause, Progress, Waiting } from './messages.js';
import type { Outage } from './outage.js';

/** Everything that a run knows of itself. JSON: continue-as-new carries it as it stands. */
export interface RunView {
  phase: 'opening' | 'diffing' | 'held' | 'sending' | 'closing' | 'closed';
  run: RunRef | undefined;
  mode: RunMode | undefined;
  /** What the run's diff has found. */
  diff: DiffSegmentResult | undefined;
  /** Present once guards have held the run, also after its approval. */
  hold: RunHold | undefined;
  chunks: ChunkList;
  accepted: number;
  rejected: number;
  /** Some chunks are being sent at this moment. */
  chunksUnderWay: boolean;
  pause: Pause | undefined;
  /** For the pace, or for requests of earlier runs. */
  waiting: Waiting | undefined;
  /** While the destination does not answer. */
  outage: Outage | undefined;
  /** The state that Temporal's list of workflows was told last. */
  shown: ShownState | undefined;
  /** The state that the engine's database was told last. */
  recorded: RunState;
  /** The `until` of the wait that it was told last. */
  recordedWait: string | undefined;
  /** Whether it was told of the hold's approval. */
  approvalRecorded: boolean;
}

export function newRunView(): RunView {
  return {
    phase: 'opening',
    run: undefined,
    mode: undefined,
    diff: undefined,
    hold: undefined,
    chunks: chunkList(0),
    accepted: 0,
    rejected: 0,
    chunksUnderWay: false,
    pause: undefined,
    waiting: undefined,
    outage: undefined,
    shown: undefined,
    recorded: 'diffing',
    recordedWait: undefined,
    approvalRecorded: false,
  };
}

/**
 * A pause holds back the sending only: a run that diffs, or whose chunks are on the wire, is still on its way to it, and
 * one that is held stays held.
 */
export function stateOf(view: RunView): RunState {
  switch (view.phase) {
    case 'opening':
    case 'diffing':
      return view.pause ? 'pausing' : 'diffing';
    case 'held':
      return 'held';
    case 'sending':
      if (!view.pause) return 'sending';
      return view.chunksUnderWay ? 'pausing' : 'paused';
    case 'closing':
    case 'closed':
      return view.phase;
  }
}

/** What keeps the run from going on by itself, if anything: not the pace, which is part of sending. */
export function waitOf({ outage, pause, waiting }: RunView): RunWait | undefined {
  if (pause) return undefined;
  if (!outage) return waiting?.for === 'rate' ? undefined : waiting;
  const { sinceMs, untilMs, destination, target, reason, busy } = outage;
  return {
    for: 'destination',
    since: new Date(sinceMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    ...{ destination, target, reason },
    ...(busy && { busy }),
  };
}

/** For Temporal's list of workflows; undefined of a run that is about to close. */
export function shownStateOf(view: RunView): ShownState | undefined {
  const state = stateOf(view);
  if (state === 'closing' || state === 'closed') return undefined;
  return waitOf(view) ? 'waiting' : state;
}

export function progressOf(view: RunView): Progress {
  const { read, unchanged, new: added, changed, gone, invalid, deferred } = view.diff ?? nothingFound;
  const waitingFor = waitOf(view) ?? view.waiting;
  return {
    ...(view.run && { activation: view.run.activation, runId: view.run.runId }),
    state: stateOf(view),
    ...(view.mode && { mode: view.mode }),
    chunks: view.chunks.total,
    chunksDone: view.chunks.done,
    counts: {
      read,
      unchanged,
      new: added,
      changed,
      gone,
      invalid,
      deferred,
      accepted: view.accepted,
      rejected: view.rejected,
      unsent: added + changed - view.accepted - view.rejected,
    },
    ...(view.hold && { hold: view.hold }),
    ...(view.pause && { paused: view.pause }),
    ...(waitingFor && { waitingFor }),
  };
}

const nothingFound: DiffCounts = { read: 0, unchanged: 0, new: 0, changed: 0, gone: 0, invalid: 0, deferred: 0 };
