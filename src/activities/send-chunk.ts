import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { ActivationParts } from '../activation/activation-parts.js';
import type { ChunkStop } from '../activation/steps.js';
import { deliverChunk, type Delivery } from '../delivery/deliver.js';
import type { DeliveryProgress, RefusedContact } from '../delivery/delivery-progress.js';
import { acknowledge } from '../delivery/outbox/acknowledge.js';
import { saveProgress } from '../delivery/outbox/attempt.js';
import type { OutboxChunk } from '../delivery/outbox/chunk.js';
import { type RefusedRow, settleRefusals } from '../delivery/outbox/settle-refusals.js';
import { sendingPorts } from '../delivery/sending-ports.js';
import type { Refusal } from '../destinations/destination.js';
import { storedRules } from '../destinations/stored-rules.js';
import type { Dependencies } from './dependencies.js';
import { recordIfLate } from './record-if-late.js';

/** What lasts longer is waited out by the workflow, which says so and keeps no slot of a worker meanwhile. */
const BUSY_FOR_MS = 10_000;
const BUDGET_MS = 60_000;

/** `done`: acknowledged, so many contacts. */
type SendChunkResult = { status: 'done'; accepted: number; rejected: number } | ChunkStop;

/**
 * Sends one chunk to every app of the destination and acknowledges it, as far as time and the destination allow. Safe to
 * repeat: it goes on with what no app has answered. `failuresBefore`: as `SendChunksInput.failures`. A cancellation ends it after the request on the wire.
 */
export async function sendChunk(
  deps: Dependencies,
  pinned: ActivationParts,
  chunk: OutboxChunk,
  failuresBefore: number,
): Promise<SendChunkResult> {
  // An attempt of this step that a dead worker left may have a request under way, like one of its own.
  const sender = { mayHaveSent: activityInfo().attempt > 1 };
  try {
    const result = await deliver(deps, pinned, chunk, { failuresBefore, sender });
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
  { engine, engineId, destinations }: Dependencies,
  { activation, destination: definition }: ActivationParts,
  chunk: OutboxChunk,
  { failuresBefore, sender }: { failuresBefore: number; sender: { mayHaveSent: boolean } },
): Promise<SendChunkResult> {
  const reached = destinations.reach(definition);
  const { destination } = reached;
  const rules = storedRules(activation, destination, chunk.layout);
  const delivery = await deliverChunk({
    ...sendingPorts({
      engine,
      engineId,
      reached,
      activation: activation.name,
      chunk,
      rules,
      withdrawal: cancellationSignal(),
      onPost: () => (sender.mayHaveSent = true),
    }),
    failuresBefore,
    rows: chunk.rows.count,
    targets: destination.targets.map(({ name }) => name),
    progress: (chunk.progress ?? {}) as DeliveryProgress,
    limits: { ...destination.limits, budgetMs: BUDGET_MS, busyForMs: BUSY_FOR_MS },
    attributesOf: (contact) => refusedAttributes(chunk, contact),
    save: (progress) => saveProgress(engine, chunk, progress),
  });
  if (delivery.status !== 'done') return delivery;
  const settlement = settleRefusals(chunk.rows, rules, refusedRows(delivery), destination.targets.length);
  await acknowledge(engine, chunk, settlement, activation.retryRejectedAfterMs);
  return { status: 'done', accepted: settlement.accepted, rejected: settlement.rejected };
}

function refusedAttributes({ layout, rows }: OutboxChunk, { row, column }: RefusedContact): string[] {
  const isRefused = (each: number): boolean => (column === undefined ? rows.carries(row, each) : each === column);
  return layout.columns.filter((_, each) => isRefused(each)).map(({ attribute }) => attribute);
}

function refusedRows(delivery: Extract<Delivery, { status: 'done' }>): RefusedRow[] {
  return Object.entries(delivery.refused).flatMap(([target, contacts]) =>
    contacts.map(({ row, column, ...refusal }) => ({
      ...{ row, target, code: codeOf(refusal) },
      ...(column !== undefined && { column }),
    })),
  );
}

/** The destination's constant, for example `MALFORMED_PARAMETER 31`. */
function codeOf({ status, code }: Refusal): string {
  return code ?? `HTTP ${status}`;
}
