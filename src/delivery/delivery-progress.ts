import type { Refusal } from '../destinations/batch-mep/answer.js';

/** Rows of a chunk: the first, and the one after the last. */
type RowRange = [from: number, to: number];

export interface RefusedContact extends Refusal {
  row: number;
}

/** How far one app is. */
export interface AppProgress {
  /** Still to send, in this order. Empty: the app is finished. */
  pending: RowRange[];
  /** Refused each alone: of all other rows that are not pending, this app has accepted what they carry. */
  refused: RefusedContact[];
  /** The rows that were set apart to find out whether single contacts are refused too. */
  probes?: number[];
}

/** How far a chunk is, by app name. Plain JSON without contact data; `{}` before anything was sent. */
export type DeliveryProgress = Record<string, AppProgress>;

/** Below this many rows, halving is as quick as trying single contacts. */
const SMALLEST_PROBED_RANGE = 10;
const PROBES = 5;

/** Puts the two halves of the first pending range in its place. */
export function halve(progress: AppProgress): void {
  const [from, to] = progress.pending[0]!;
  const middle = Math.ceil((from + to) / 2);
  progress.pending.splice(0, 1, [from, middle], [middle, to]);
}

/**
 * After a refusal of the first pending range: sets five contacts of it apart the first time, when it is long enough, so
 * that a call which is wrong for everybody is known by its fifth refusal, not its thousandth. Otherwise halves it.
 */
export function divide(progress: AppProgress): void {
  const [from, to] = progress.pending[0]!;
  if (progress.probes !== undefined || to - from < SMALLEST_PROBED_RANGE) {
    halve(progress);
    return;
  }
  const stride = (to - 1 - from) / (PROBES - 1);
  const probes = Array.from({ length: PROBES }, (_, i) => from + Math.floor(i * stride));
  const singles = probes.map((row): RowRange => [row, row + 1]);
  const between = probes.slice(1).map((row, i): RowRange => [probes[i]! + 1, row]);
  progress.probes = probes;
  progress.pending.splice(0, 1, ...singles, ...between);
}

/** Whether each of the contacts set apart was refused alone. */
export function allProbesRefused({ probes, refused }: AppProgress): boolean {
  return probes !== undefined && probes.every((row) => refused.some((contact) => contact.row === row));
}
