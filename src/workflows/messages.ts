import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { RunCounts, RunHold, RunMode, RunState, RunWait } from '../activation/run.js';

/** Why and since when a run stands still. */
export interface Pause {
  /** ISO 8601, UTC. */
  since: string;
  reason?: string;
}

/** What a run waits for by itself; `rate`: the pace of an API key, which is part of sending. */
export type Waiting = RunWait | { for: 'rate'; until: string };

/** Where a run stands. Counts of contacts, as in the run's result; zero until the step that finds them has ended. */
export interface Progress {
  activation?: string;
  runId?: number;
  state: RunState;
  mode?: RunMode;
  chunks: number;
  chunksDone: number;
  counts: Omit<RunCounts, 'invalidValues'>;
  hold?: RunHold;
  paused?: Pause;
  waitingFor?: Waiting;
}

/** Ends the requests on the wire and sends nothing more until `resume`. A second pause changes nothing. */
export const pause = defineSignal<[{ reason?: string }?]>('pause');

/** Goes on after a pause; ignored by a run that is not paused. */
export const resume = defineSignal('resume');

/** Lets a held run go on. Ignored unless it names the hold that stands, such as `run-42`. */
export const approve = defineSignal<[{ hold: string; by?: string }]>('approve');

/** Answered while a worker is there; `outflow status` reads the same figures from the engine's database. */
export const progress = defineQuery<Progress>('progress');
