import { BATCH_LINES, LineBatch } from './line-batch.js';
import { HASH_BYTES, type LineHash, type LineHasher, readHash } from './line-hash.js';

/** Share of the slots that are used at most: beyond it, searches grow long. */
const LOAD = 0.8;
/** How many times the slots that it needs a set has in which most searches are to find nothing. */
const SPARSE = 4;
const BYTES_A_SLOT = 8 + 1 / 8;

/** Memory of a set for this many lines, bytes. */
export function lineSetBytes(lines: number): number {
  return slotsFor(lines) * BYTES_A_SLOT;
}

function slotsFor(lines: number): number {
  return Math.ceil(lines / LOAD) + 8;
}

/** What the two halves of a slot hold where there is no line. A hash is never one of these. */
const EMPTY = { low: 0, high: 0 };
const REMOVED = { low: 1, high: 0 };

/**
 * A set of lines, each known by its hash only, that can be taken out once each: ten bytes a line. A line that was added twice
 * can be taken twice. A hash table with linear probing:
 *
 *     slot      0          1          2          3          4
 *     hashes    low high   0   0      low high   1   0      low high     8 bytes a slot
 *     taken     1          0          0          0          0            1 bit a slot
 *               was taken  EMPTY      remains    REMOVED    remains
 *
 * A search begins at the slot that the low half of the hash says, and ends at an empty one.
 */
export class LineSet {
  private readonly hasher: LineHasher;
  private readonly found: LineHash = { low: 0, high: 0 };
  private readonly batch: LineBatch;
  /** The first slot of each line of the batch, and 0 where that holds the line. */
  private readonly batchSlots = new Int32Array(BATCH_LINES);
  private readonly batchDifferences = new Int32Array(BATCH_LINES);
  private readonly slots: number;
  /** Two a slot: the halves of a hash, or of EMPTY, or of REMOVED. */
  private readonly hashes: Int32Array;
  private readonly taken: Uint8Array;
  private readonly capacity: number;
  private added = 0;
  private removed = 0;
  private takenCount = 0;

  /** `capacity`: of lines added, whether or not they are removed again. */
  constructor(capacity: number, hasher: LineHasher) {
    this.capacity = capacity;
    this.hasher = hasher;
    this.batch = new LineBatch(hasher);
    this.slots = slotsFor(capacity);
    this.hashes = new Int32Array(2 * this.slots);
    this.taken = new Uint8Array((this.slots + 7) >>> 3);
  }

  /** Lines in it that were not taken. */
  get remaining(): number {
    return this.added - this.removed - this.takenCount;
  }

  /** The lines in it that were not taken, by themselves: few, so that searches stay within the processor's cache. */
  remainingLines(): LineSet {
    const { hashes, found } = this;
    const lines = new LineSet(SPARSE * this.remaining, this.hasher);
    for (let slot = 0; slot < this.slots; slot++) {
      found.low = hashes[2 * slot]!;
      found.high = hashes[2 * slot + 1]!;
      const isLine = found.high !== 0 || found.low >>> 1 !== 0;
      if (isLine && !this.isTaken(slot)) lines.add(found);
    }
    return lines;
  }

  add(hash: LineHash): void {
    if (this.added === this.capacity) throw new Error(`more than the ${this.capacity} lines that the set was made for`);
    const { hashes } = this;
    let slot = this.firstSlot(hash.low);
    while (!this.isEmpty(slot)) slot = this.slotAfter(slot);
    hashes[2 * slot] = hash.low;
    hashes[2 * slot + 1] = hash.high;
    this.added++;
  }

  /** Adds the lines of stored hashes. */
  addAll(hashes: Buffer): void {
    const { found } = this;
    for (let at = 0; at < hashes.length; at += HASH_BYTES) {
      readHash(hashes, at, found);
      this.add(found);
    }
  }

  /** Removes a line as if it had never been added; false when it was not. For as long as none was taken. */
  remove(hash: LineHash): boolean {
    const slot = this.findRemaining(hash);
    if (slot === undefined) return false;
    this.hashes[2 * slot] = REMOVED.low;
    this.hashes[2 * slot + 1] = REMOVED.high;
    this.removed++;
    return true;
  }

  /**
   * Takes each line out of the set. Calls `differs` for a line that is not in it, or not any more; stops when `differs` returns
   * false, and returns false then.
   */
  takeAll(lines: Buffer, differs: (start: number, end: number) => boolean): boolean {
    const { batch, batchSlots: slots, batchDifferences: differences } = this;
    for (let start = 0; start < lines.length;) {
      batch.fill(lines, start);
      this.lookIntoFirstSlots();
      for (let i = 0; i < batch.count; i++) {
        const end = batch.ends[i]!;
        const isThere = differences[i] === 0 && !this.isTaken(slots[i]!);
        if (isThere) this.markTaken(slots[i]!);
        else if (!this.take(batch.low[i]!, batch.high[i]!) && !differs(start, end)) return false;
        start = end;
      }
    }
    return true;
  }

  /**
   * Looks into the first slot of each line of the batch, without a branch: the processor then waits for many of them at once, and not for each in turn
   * (measured: 0.2 instead of 0.34 s for a million lines).
   */
  private lookIntoFirstSlots(): void {
    const { hashes, batchSlots: slots, batchDifferences: differences } = this;
    const { low, high, count } = this.batch;
    for (let i = 0; i < count; i++) {
      const slot = this.firstSlot(low[i]!);
      slots[i] = slot;
      differences[i] = (hashes[2 * slot]! ^ low[i]!) | (hashes[2 * slot + 1]! ^ high[i]!);
    }
  }

  private take(low: number, high: number): boolean {
    this.found.low = low;
    this.found.high = high;
    const slot = this.findRemaining(this.found);
    if (slot !== undefined) this.markTaken(slot);
    return slot !== undefined;
  }

  private markTaken(slot: number): void {
    this.taken[slot >>> 3]! |= 1 << (slot & 7);
    this.takenCount++;
  }

  /** Whether the line is in it and was not taken. */
  has(hash: LineHash): boolean {
    return this.findRemaining(hash) !== undefined;
  }

  /** Whether the line was taken, as often as it was added. A line that was removed was not. */
  wasTaken({ low, high }: LineHash): boolean {
    const { hashes } = this;
    let isTaken = false;
    for (let slot = this.firstSlot(low); !this.isEmpty(slot); slot = this.slotAfter(slot)) {
      if (hashes[2 * slot] !== low || hashes[2 * slot + 1] !== high) continue;
      if (!this.isTaken(slot)) return false;
      isTaken = true;
    }
    return isTaken;
  }

  private findRemaining({ low, high }: LineHash): number | undefined {
    const { hashes } = this;
    for (let slot = this.firstSlot(low); !this.isEmpty(slot); slot = this.slotAfter(slot)) {
      if (hashes[2 * slot] === low && hashes[2 * slot + 1] === high && !this.isTaken(slot)) return slot;
    }
    return undefined;
  }

  private firstSlot(low: number): number {
    return Math.floor(((low >>> 0) / 0x1_0000_0000) * this.slots);
  }

  private slotAfter(slot: number): number {
    return slot + 1 === this.slots ? 0 : slot + 1;
  }

  private isEmpty(slot: number): boolean {
    return this.hashes[2 * slot] === EMPTY.low && this.hashes[2 * slot + 1] === EMPTY.high;
  }

  private isTaken(slot: number): boolean {
    return (this.taken[slot >>> 3]! & (1 << (slot & 7))) !== 0;
  }
}
