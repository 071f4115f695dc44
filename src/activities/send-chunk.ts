import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { BatchMepDefinition } from '../activation/definitions.js';
import type { ChunkStop } from '../activation/steps.js';
import { batchKeys, destinationUrl } from '../config/secrets.js';
import type { Delivery, DeliveryProgress, RefusedContact } from '../destinations/batch-mep/index.js';
import { buildBody, deliverChunk } from '../destinations/batch-mep/index.js';
import { pushBack, reserve } from '../engine/runs/pacing.js';
import type { OutboxChunk } from '../delivery/outbox/outbox.js';
import { acknowledge, markAttempt, saveProgress } from '../delivery/outbox/outbox.js';
import type { RefusedRow } from '../delivery/outbox/settle-refusals.js';
import { settleRefusals } from '../delivery/outbox/settle-refusals.js';
import type { Dependencies } from './dependencies.js';
import { keyFingerprints } from './key-fingerprints.js';
import type { ActivationParts } from '../activation/activation-parts.js';
import { recordIfLate } from './record-if-late.js';
import { storedRules } from './stored-rules.js';

/** Batch documents no limit of a body's size; larger ones than this gain nothing. */
const MAX_BODY_BYTES = 5_000_000;
const BUSY_FOR_MS = 120_000;
const BUDGET_MS = 60_000;

/** `done`: acknowledged, so many contacts. */
type SendChunkResult = { status: 'done'; accepted: number; rejected: number } | ChunkStop;

/**
 * Sends one chunk to every app of the destination and acknowledges it, as far as time and the destination allow. Safe to
 * repeat: it goes on with what no app has answered. A cancellation ends it after the request on the wire.
 */
export async function sendChunk(
  deps: Dependencies,
  pinned: ActivationParts,
  chunk: OutboxChunk,
): Promise<SendChunkResult> {
  // An attempt of this step that a dead worker left may have a request under way, like one of its own.
  const sender = { mayHaveSent: activityInfo().attempt > 1 };
  try {
    const result = await deliver(deps, pinned, chunk, sender);
    if (result.status !== 'done' && sender.mayHaveSent) await recordIfLate(deps.engine, chunk);
    chunk.release(); // not after a failure, when a statement may still be on its way
    return result;
  } catch (error) {
    const acknowledged = sender.mayHaveSent ? await recordIfLate(deps.engine, chunk) : undefined;
    if (acknowledged) return { status: 'done', ...acknowledged };
    throw error;
  }
}

async function deliver(
  deps: Dependencies,
  { activation, destination }: ActivationParts,
  chunk: OutboxChunk,
  sender: { mayHaveSent: boolean },
): Promise<SendChunkResult> {
  const rules = storedRules(activation, chunk.layout);
  const apps = Object.keys(destination.apiKeys);
  const delivery = await deliverChunk({
    ...sendingPorts(deps, destination, chunk, () => (sender.mayHaveSent = true)),
    rows: chunk.rows.count,
    keys: apps,
    progress: (chunk.progress ?? {}) as DeliveryProgress,
    limits: {
      maxRejectedPerChunk: destination.maxRejectedPerChunk,
      maxBodyBytes: MAX_BODY_BYTES,
      budgetMs: BUDGET_MS,
      busyForMs: BUSY_FOR_MS,
    },
    bodyOf: (from, to) => buildBody(rules, chunk.rows, from, to),
    attributesOf: (row) => carriedAttributes(chunk, row),
    save: (progress) => saveProgress(deps.engine, chunk, progress),
  });
  if (delivery.status !== 'done') return delivery;
  const refused = refusedRows(delivery);
  const settlement = settleRefusals(chunk.rows, rules, refused, apps.length);
  await acknowledge(deps.engine, chunk, settlement, activation.retryRejectedAfterMs);
  return { status: 'done', accepted: settlement.accepted, rejected: settlement.rejected };
}

function carriedAttributes({ layout, rows }: OutboxChunk, row: number): string[] {
  return layout.columns.filter((_, column) => rows.carries(row, column)).map(({ attribute }) => attribute);
}

function sendingPorts(
  { engine, engineId, environment, batchMepClient }: Dependencies,
  destination: BatchMepDefinition,
  chunk: OutboxChunk,
  onPost: () => void,
) {
  const { apiKeys } = batchKeys(destination, environment);
  const timelines = keyFingerprints(engineId, destinationUrl(destination, environment), apiKeys);
  const client = batchMepClient(destination);
  const withdrawal = cancellationSignal();
  const costMs = destination.callsPerSecond === 'off' ? 0 : 1000 / destination.callsPerSecond;
  return {
    destination: destination.name,
    async post(app: string, body: Buffer) {
      onPost();
      return client.post(apiKeys[app]!, body);
    },
    async pace(app: string) {
      if (costMs === 0) return { kind: 'go' as const, waitMs: 0 };
      const reserved = await reserve(engine, timelines[app]!, costMs);
      return 'waitMs' in reserved
        ? { kind: 'go' as const, waitMs: reserved.waitMs }
        : { kind: 'later' as const, waitMs: reserved.laterMs };
    },
    slowDown: (app: string, ms: number) => pushBack(engine, timelines[app]!, ms),
    mark: () => markAttempt(engine, chunk),
    sleep: (ms: number) => sleepUnlessWithdrawn(ms, withdrawal),
    withdrawn: () => withdrawal.aborted,
    now: () => performance.now(),
  };
}

function refusedRows(delivery: Extract<Delivery, { status: 'done' }>): RefusedRow[] {
  return Object.entries(delivery.refused).flatMap(([target, contacts]) =>
    contacts.map((contact) => ({ row: contact.row, target, code: codeOf(contact) })),
  );
}

/** Batch's constant and number, for example `MALFORMED_PARAMETER 31`. */
function codeOf({ status, code, type }: RefusedContact): string {
  return [type ?? `HTTP ${status}`, ...(code === undefined ? [] : [String(code)])].join(' ');
}

async function sleepUnlessWithdrawn(ms: number, withdrawal: AbortSignal): Promise<void> {
  if (withdrawal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    withdrawal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      withdrawal.removeEventListener('abort', done);
      resolve();
    }
  });
}
