import type { Refusal, RefusedRow } from '../destinations/destination.js';

/** Rows of a chunk: the first, and the one after the last. */
type RowRange = [from: number, to: number];

/** A contact, or the attribute of this column (from 0) alone. */
export interface RefusedContact extends Refusal {
  row: number;
  column?: number;
}

/** How far one target is. */
export interface TargetProgress {
  /** Still to send, in this order. Empty: the target is finished. */
  pending: RowRange[];
  /** Of all other rows that are not pending, this target has accepted what they carry. */
  refused: RefusedContact[];
  /** The rows that were set apart to find out whether single contacts are refused too. */
  probes?: number[];
}

/** How far a chunk is, by target. Plain JSON without contact data; `{}` before anything was sent. */
export type DeliveryProgress = Record<string, TargetProgress>;

/** Below this many rows, halving is as quick as trying single contacts. */
const SMALLEST_PROBED_RANGE = 10;
const PROBES = 5;

/** Cuts the first pending range so that it has at most so many rows. */
export function cut(progress: TargetProgress, mostRows: number): void {
  const [from, to] = progress.pending[0]!;
  if (to - from > mostRows) progress.pending.splice(0, 1, [from, from + mostRows], [from + mostRows, to]);
}

/**
 * The first pending range is taken, but for these rows, counted from its first. An answer that names something twice means
 * what it says last, and one that refuses a contact refuses all of its attributes.
 */
export function settle(progress: TargetProgress, refused: readonly RefusedRow[]): void {
  const [from] = progress.pending.shift()!;
  const contacts = new Map<number, RefusedContact>();
  const attributes = new Map<string, RefusedContact>();
  for (const { row, columns, refusal } of refused) {
    if (columns === undefined) contacts.set(row, { row: from + row, ...refusal });
    else for (const column of columns) attributes.set(`${row} ${column}`, { row: from + row, column, ...refusal });
  }
  const alone = [...attributes.values()].filter(({ row }) => !contacts.has(row - from));
  progress.refused.push(...contacts.values(), ...alone);
}

/** These rows of the first pending range, counted from its first, are to blame for its refusal: the others are pending still. */
export function setApart(progress: TargetProgress, rows: readonly number[], refusal: Refusal): void {
  const [from, to] = progress.pending.shift()!;
  const culprits = [...new Set(rows)].sort((a, b) => a - b).map((row) => from + row);
  progress.refused.push(...culprits.map((row) => ({ row, ...refusal })));
  const starts = [from, ...culprits.map((row) => row + 1)];
  const between = starts.map((start, i): RowRange => [start, culprits[i] ?? to]);
  progress.pending.unshift(...between.filter(([start, end]) => start < end));
}

/** Puts the two halves of the first pending range in its place. */
export function halve(progress: TargetProgress): void {
  const [from, to] = progress.pending[0]!;
  const middle = Math.ceil((from + to) / 2);
  progress.pending.splice(0, 1, [from, middle], [middle, to]);
}

/**
 * After a refusal of the first pending range: sets five contacts of it apart the first time, when it is long enough, so
 * that a call which is wrong for everybody is known by its fifth refusal, not its thousandth. Otherwise halves it.
 */
export function divide(progress: TargetProgress): void {
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

/** Tells if each of the contacts set apart was refused alone, and whole. */
export function allProbesRefused({ probes, refused }: TargetProgress): boolean {
  const isRefused = (row: number): boolean => refused.some((each) => each.row === row && each.column === undefined);
  return probes !== undefined && probes.every(isRefused);
}
