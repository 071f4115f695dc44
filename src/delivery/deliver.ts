import type { ChunkStop } from '../activation/steps.js';
import type { RowsCall, Verdict } from '../destinations/destination.js';
import { everyProbeRefused, tooLargeAlone, tooManyRefused } from './delivery-errors.js';
import {
  allProbesRefused,
  cut,
  type DeliveryProgress,
  divide,
  halve,
  type RefusedContact,
  setApart,
  settle,
  type TargetProgress,
} from './delivery-progress.js';
import { exchange, type ExchangePorts, type Leaving, type Outcome } from './exchange.js';
import { usableVerdict } from './usable-verdict.js';

export interface DeliveryInput extends ExchangePorts {
  /** Rows of the chunk. */
  rows: number;
  /** Names of the targets, served one after the other. */
  targets: readonly string[];
  /** As it was saved last; `{}` at first. */
  progress: DeliveryProgress;
  limits: ExchangePorts['limits'] & {
    /** More refused contacts for one target than this fail the run. */
    maxRejectedPerChunk: number;
    /** Rows of one call. */
    callRows: number;
    /** A body, bytes. */
    callBytes: number;
    /** No new request is begun after this time, milliseconds; retries of one that is begun have their own. */
    budgetMs: number;
  };
  /** The call that carries the rows `from` to `to` (exclusive). */
  callFor(target: string, from: number, to: number): RowsCall;
  /** Tells if the call of a row holds a value for the column (from 0). */
  sends(row: number, column: number): boolean;
  /** Names of the attributes that were refused, for messages: of a whole contact all that it carries. */
  attributesOf(contact: RefusedContact): string[];
  /** Stores the progress; called after each answer but the last, upon which all of the chunk is settled. */
  save(progress: DeliveryProgress): Promise<void>;
}

/** `done`: every target accepted everything but what is in its list of `refused`, which is in no order. */
export type Delivery = { status: 'done'; refused: Record<string, RefusedContact[]> } | ChunkStop;

/**
 * Sends one chunk to each target, as far as time and the destination allow. A refused call is split until the contacts
 * that are to blame are alone, unless the answer names them. Called again with the progress that was saved, it goes on where
 * it was: at most the request on the wire is repeated, and a target that has a contact is not sent it again.
 *
 * Throws DestinationUnauthorized, and DestinationRejected when splitting leads nowhere: five contacts that are far
 * apart are all refused alone, more than `maxRejectedPerChunk` are, or a single one is too large.
 */
export async function deliverChunk(input: DeliveryInput): Promise<Delivery> {
  const progress = structuredClone(input.progress);
  const endsAt = input.now() + input.limits.budgetMs;
  for (const target of input.targets) {
    const ofTarget = (progress[target] ??= { pending: input.rows > 0 ? [[0, input.rows]] : [], refused: [] });
    while (ofTarget.pending.length > 0) {
      if (input.withdrawn() || input.now() >= endsAt) return { status: 'more' };
      const stop = await sendFirstPending(input, target, ofTarget, async () => {
        if (isPending(progress, input.targets)) await input.save(progress);
      });
      if (stop) return stop;
    }
  }
  return { status: 'done', refused: Object.fromEntries(input.targets.map((name) => [name, progress[name]!.refused])) };
}

/** Whether a request is left. */
function isPending(progress: DeliveryProgress, targets: readonly string[]): boolean {
  return targets.some((target) => progress[target]?.pending.length !== 0);
}

async function sendFirstPending(
  input: DeliveryInput,
  target: string,
  progress: TargetProgress,
  save: () => Promise<void>,
): Promise<ChunkStop | undefined> {
  cut(progress, input.limits.callRows);
  const [from, to] = progress.pending[0]!;
  const outcome = await sendRows(input, target, from, to);
  if (outcome === 'too large') {
    halve(progress);
    return undefined;
  }
  if ('stop' in outcome) return outcome.stop;
  settleAnswer(input, target, progress, outcome.verdict);
  await save();
  failWhenHopeless(input, target, progress);
  return undefined;
}

async function sendRows(
  input: DeliveryInput,
  target: string,
  from: number,
  to: number,
): Promise<Outcome | 'too large'> {
  const call = input.callFor(target, from, to);
  try {
    if (call.body.bytes.length > input.limits.callBytes && to - from > 1) return 'too large';
    const post = async (leaving: Leaving) =>
      usableVerdict(await input.post(leaving), leaving, (row, column) => input.sends(row, column));
    return await exchange({ ...input, post }, { target, from, to, call });
  } finally {
    call.body.release();
  }
}

function settleAnswer(
  { destination }: DeliveryInput,
  target: string,
  progress: TargetProgress,
  verdict: Extract<Verdict, { kind: 'taken' | 'refused' | 'too large' }>,
): void {
  const [from, to] = progress.pending[0]!;
  const isAlone = to - from === 1;
  if (verdict.kind === 'taken') settle(progress, verdict.refused ?? []);
  else if (verdict.kind === 'too large' && isAlone) throw tooLargeAlone(destination, target, verdict.refusal);
  else if (verdict.kind === 'too large') halve(progress);
  else if (isAlone) settle(progress, [{ row: 0, refusal: verdict.refusal }]);
  else if (verdict.rows && verdict.rows.length > 0) setApart(progress, verdict.rows, verdict.refusal);
  else divide(progress);
}

function failWhenHopeless(input: DeliveryInput, target: string, progress: TargetProgress): void {
  const { destination, limits } = input;
  const { refused } = progress;
  const attributesOf = (contact: RefusedContact) => input.attributesOf(contact);
  if (allProbesRefused(progress)) throw everyProbeRefused(destination, target, refused, attributesOf);
  const contacts = new Set(refused.map(({ row }) => row)).size;
  if (contacts > limits.maxRejectedPerChunk) throw tooManyRefused(destination, target, refused, attributesOf);
}
