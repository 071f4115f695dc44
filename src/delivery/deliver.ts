import type { Refusal } from '../destinations/batch-mep/answer.js';
import { everyProbeRefused, tooManyRefused } from './delivery-errors.js';
import { allProbesRefused, divide, halve } from './delivery-progress.js';
import type { AppProgress, DeliveryProgress, RefusedContact } from './delivery-progress.js';
import { exchange, type ExchangePorts, type Outcome, type Stop } from './exchange.js';
import type { Body } from '../destinations/batch-mep/payload.js';

export interface DeliveryInput extends ExchangePorts {
  /** Rows of the chunk. */
  rows: number;
  /** Names of the apps, served one after the other. */
  keys: readonly string[];
  /** As it was saved last; `{}` at first. */
  progress: DeliveryProgress;
  limits: ExchangePorts['limits'] & {
    /** More refused contacts for one app than this fail the run. */
    maxRejectedPerChunk: number;
    maxBodyBytes: number;
    /** No new request is begun after this time, milliseconds; retries of one that is begun have their own. */
    budgetMs: number;
  };
  /** The body for rows `from` to `to` (exclusive). */
  bodyOf(from: number, to: number): Body;
  /** Names of the attributes that a row carries, for messages. */
  attributesOf(row: number): string[];
  /** Stores the progress; called after each answer but the last, upon which all of the chunk is settled. */
  save(progress: DeliveryProgress): Promise<void>;
}

/** `done`: every app accepted every contact but those in its list of `refused`, which are in no order. */
export type Delivery = { status: 'done'; refused: Record<string, RefusedContact[]> } | Stop;

/**
 * Sends one chunk to each app, as far as time and the destination allow. A refused call is split until the contacts
 * that are to blame are alone. Called again with the progress that was saved, it goes on where it was: at most the
 * request on the wire is repeated, and an app that has a contact is not sent it again.
 *
 * Throws DestinationUnauthorized, and DestinationRejected when splitting leads nowhere: five contacts that are far
 * apart are all refused alone, or more than `maxRejectedPerChunk` are.
 */
export async function deliverChunk(input: DeliveryInput): Promise<Delivery> {
  const progress = structuredClone(input.progress);
  const endsAt = input.now() + input.limits.budgetMs;
  for (const app of input.keys) {
    const ofApp = (progress[app] ??= { pending: input.rows > 0 ? [[0, input.rows]] : [], refused: [] });
    while (ofApp.pending.length > 0) {
      if (input.withdrawn() || input.now() >= endsAt) return { status: 'more' };
      const stop = await sendFirstPending(input, app, ofApp, async () => {
        if (isPending(progress, input.keys)) await input.save(progress);
      });
      if (stop) return stop;
    }
  }
  return { status: 'done', refused: Object.fromEntries(input.keys.map((app) => [app, progress[app]!.refused])) };
}

/** Whether a request is left. */
function isPending(progress: DeliveryProgress, keys: readonly string[]): boolean {
  return keys.some((app) => progress[app]?.pending.length !== 0);
}

async function sendFirstPending(
  input: DeliveryInput,
  app: string,
  progress: AppProgress,
  save: () => Promise<void>,
): Promise<Stop | undefined> {
  const [from, to] = progress.pending[0]!;
  const outcome = await sendBody(input, app, from, to);
  if (outcome === 'too large') {
    halve(progress);
    return undefined;
  }
  if ('stop' in outcome) return outcome.stop;
  if (outcome.answer.kind === 'accepted') progress.pending.shift();
  else if (to - from > 1) divide(progress);
  else refuseFirstPending(progress, outcome.answer);
  await save();
  failWhenHopeless(input, app, progress);
  return undefined;
}

async function sendBody(input: DeliveryInput, app: string, from: number, to: number): Promise<Outcome | 'too large'> {
  const body = input.bodyOf(from, to);
  try {
    if (body.bytes.length > input.limits.maxBodyBytes && to - from > 1) return 'too large';
    return await exchange(input, app, body.bytes);
  } finally {
    body.release();
  }
}

function refuseFirstPending(progress: AppProgress, { status, code, type }: Refusal): void {
  const [row] = progress.pending.shift()!;
  progress.refused.push({ row, status, ...(code !== undefined && { code }), ...(type !== undefined && { type }) });
}

function failWhenHopeless(input: DeliveryInput, app: string, progress: AppProgress): void {
  const { destination, limits } = input;
  const { refused } = progress;
  const attributesOf = (row: number) => input.attributesOf(row);
  if (allProbesRefused(progress)) throw everyProbeRefused(destination, app, refused, attributesOf);
  if (refused.length > limits.maxRejectedPerChunk) throw tooManyRefused(destination, app, refused, attributesOf);
}
