import { Context, heartbeat } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ErrorCode } from '../../src/activation/errors.js';
import { defaultGuards } from '../../src/activation/guards.js';
import { noCounts, type DiffCounts, type RunCounts, type RunResult } from '../../src/activation/run.js';
import type {
  ChunkStop,
  OutageStop,
  OpenRunResult,
  RunRef,
  RunSteps,
  SendChunksInput,
  SendChunksResult,
} from '../../src/activation/steps.js';

export const run: RunRef = { engine: 'engine-1', activation: 'loyalty', activationId: 1, runId: 7 };

export const opened: Extract<OpenRunResult, { kind: 'opened' }> = {
  kind: 'opened',
  run,
  waitMs: 0,
  concurrency: 2,
  requestTimeoutMs: 2_000,
  guards: defaultGuards,
  searchAttributes: true,
};

export const foundCounts: DiffCounts = {
  read: 100,
  unchanged: 60,
  new: 30,
  changed: 10,
  gone: 0,
  invalid: 0,
  deferred: 0,
};

/** A diff that no guard minds, but for its chunks. */
export const found = {
  ...foundCounts,
  settleChunks: 0,
  mayFold: true,
  guardFigures: {
    acknowledgedBefore: true,
    read: 100,
    invalid: 0,
    duplicates: 0,
    known: 70,
    gone: 0,
    changed: 10,
    nulled: {},
  },
};

/** What the scripted steps were asked, in the order they were called. */
type StepCall = {
  [Step in keyof RunSteps]: { step: Step; input: Parameters<RunSteps[Step]>[0] };
}[keyof RunSteps];

export interface ScriptedSteps {
  steps: RunSteps;
  calls: StepCall[];
  inputs: <Step extends keyof RunSteps>(step: Step) => Parameters<RunSteps[Step]>[0][];
}

/**
 * The steps of a run, played without a database and a destination: 4 chunks of 10 contacts, one a step, all accepted.
 * `changes` replaces some of them.
 */
export function scriptedSteps(changes: Partial<RunSteps> = {}): ScriptedSteps {
  const calls: StepCall[] = [];
  const played: RunSteps = {
    openRun: () => Promise.resolve(opened),
    loadSnapshot: () => Promise.resolve({ mode: 'delta', generation: 3, contacts: 90, chunksInDoubt: 0 }),
    diffSegment: () => Promise.resolve({ ...found, chunks: 4 }),
    settleDiff: () => Promise.resolve(),
    sendChunks: (input) => Promise.resolve(allSent(input)),
    foldSnapshot: () => Promise.resolve({ folded: true, contacts: 100 }),
    recordState: () => Promise.resolve(),
    closeRun: ({ outcome, error }) => Promise.resolve({ ...resultOf(outcome), ...(error && { error }) }),
    openIncident: () => Promise.resolve({ incidentId: 3, paused: [run.activation] }),
    ...changes,
  };
  const steps = Object.fromEntries(
    Object.entries(played).map(([step, play]: [string, (input: never) => Promise<unknown>]) => [
      step,
      (input: never) => {
        calls.push({ step, input } as StepCall);
        return play(input);
      },
    ]),
  ) as unknown as RunSteps;
  return {
    steps,
    calls,
    inputs: (step) => calls.filter((call) => call.step === step).map((call) => call.input),
  };
}

/** All chunks of a step, 10 contacts each. */
export function allSent({ chunks }: SendChunksInput): SendChunksResult {
  return { done: chunks.length, accepted: 10 * chunks.length, rejected: 0 };
}

/** By a destination so slow that there is time for one chunk of a step only. */
export function firstSent(): SendChunksResult {
  return { done: 1, accepted: 10, rejected: 0 };
}

/** A destination that does not answer, and is not to be tried again before so many milliseconds. */
export function silentFor(waitMs: number): OutageStop {
  const lasted = { lastedMs: 5_000, failures: 2 };
  const where = { destination: 'app', target: 'ios', reason: 'connection refused' };
  return { status: 'later', because: 'outage', waitMs, ...lasted, ...where };
}

/** By a step that has sent nothing, because its first chunk has stopped. */
export function stopped(stop: ChunkStop): SendChunksResult {
  return { done: 0, accepted: 0, rejected: 0, stop };
}

export function resultOf(outcome: RunResult['outcome'], counts: Partial<RunCounts> = { accepted: 40 }): RunResult {
  return {
    activation: run.activation,
    runId: run.runId,
    workflowId: 'w',
    temporalRunId: 't',
    mode: 'delta',
    trigger: 'manual',
    state: 'closed',
    outcome,
    counts: { ...noCounts, ...foundCounts, ...counts },
    readMode: 'sorted',
    attributesSent: 80,
    requests: 4,
    startedAt: '2026-11-24T22:00:00.000Z',
    finishedAt: '2026-11-24T22:00:10.000Z',
  };
}

/** A failure as the activities' boundary lets it out. */
export function stepFailure(code: ErrorCode, nonRetryable = true): ApplicationFailure {
  const message = `${code}, it says.`;
  const report = { code, message, remedy: 'Do this.' };
  return ApplicationFailure.create({ type: code, message, nonRetryable, details: [report] });
}

/** A door that a test opens. */
export class Gate {
  /** How many of those that wait for it have been withdrawn. */
  withdrawn = 0;
  open: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

/** In an activity: a request on the wire until the gate opens. A withdrawal waits for it, too, and then says `more`. */
export async function onTheWire(gate: Gate): Promise<SendChunksResult> {
  const { cancellationSignal } = Context.current();
  cancellationSignal.addEventListener('abort', () => gate.withdrawn++);
  await heartbeatingUntil(gate.opened);
  return cancellationSignal.aborted ? stopped({ status: 'more' }) : firstSent();
}

/** In an activity: waits for the gate; a withdrawal ends the waiting, and the activity as cancelled. */
export async function waitFor(gate: Gate): Promise<void> {
  await heartbeatingUntil(Promise.race([gate.opened, Context.current().cancelled]));
}

/** The server tells an activity of its withdrawal in the answer to a heartbeat. */
async function heartbeatingUntil(ended: Promise<unknown>): Promise<void> {
  const timer = setInterval(heartbeat, 50);
  try {
    await ended;
  } finally {
    clearInterval(timer);
  }
}
