import type { LineHash } from './line-hash.js';
import { LineHasher } from './line-hash.js';

/** Of the slots, so many are used at most: beyond it, searches grow long. */
const LOAD = 0.8;
const BYTES_A_SLOT = 8 + 1 / 8;

/** Memory of a set for this many lines, bytes. */
export function lineSetBytes(lines: number): number {
  return slotsFor(lines) * BYTES_A_SLOT;
}

function slotsFor(lines: number): number {
  return Math.ceil(lines / LOAD) + 8;
}

/**
 * A set of lines, each known by its hash only, that can be taken out once each: ten bytes a line. Equal lines stand in it
 * as often as they were added.
 */
export class LineSet {
  private readonly hasher = new LineHasher();
  private readonly found: LineHash = { low: 0, high: 0 };
  private readonly slots: number;
  /** Two a slot: the halves of a hash; both 0 in an empty slot. */
  private readonly hashes: Int32Array;
  private readonly taken: Uint8Array;
  private readonly capacity: number;
  private added = 0;
  private takenCount = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.slots = slotsFor(capacity);
    this.hashes = new Int32Array(2 * this.slots);
    this.taken = new Uint8Array((this.slots + 7) >>> 3);
  }

  /** Lines that were added and not taken. */
  get left(): number {
    return this.added - this.takenCount;
  }

  add(buffer: Buffer, view: DataView, start: number, end: number): void {
    if (this.added === this.capacity) throw new Error(`more than the ${this.capacity} lines that the set was made for`);
    this.hash(buffer, view, start, end);
    const { hashes, found } = this;
    let slot = this.firstSlot();
    while (!this.isEmpty(slot)) slot = this.slotAfter(slot);
    hashes[2 * slot] = found.low;
    hashes[2 * slot + 1] = found.high;
    this.added++;
  }

  /** Takes an equal line out; false when there is none, or none any more. */
  take(buffer: Buffer, view: DataView, start: number, end: number): boolean {
    const slot = this.findLeft(buffer, view, start, end);
    if (slot === undefined) return false;
    this.taken[slot >>> 3]! |= 1 << (slot & 7);
    this.takenCount++;
    return true;
  }

  /** Whether an equal line was added and not taken. */
  has(buffer: Buffer, view: DataView, start: number, end: number): boolean {
    return this.findLeft(buffer, view, start, end) !== undefined;
  }

  private findLeft(buffer: Buffer, view: DataView, start: number, end: number): number | undefined {
    this.hash(buffer, view, start, end);
    const { hashes, found } = this;
    for (let slot = this.firstSlot(); !this.isEmpty(slot); slot = this.slotAfter(slot)) {
      if (hashes[2 * slot] === found.low && hashes[2 * slot + 1] === found.high && !this.isTaken(slot)) return slot;
    }
    return undefined;
  }

  private hash(buffer: Buffer, view: DataView, start: number, end: number): void {
    const { found } = this;
    this.hasher.hash(buffer, view, start, end, found);
    if (found.low === 0 && found.high === 0) found.low = 1; // an empty slot has these
  }

  private firstSlot(): number {
    return Math.floor(((this.found.low >>> 0) / 0x1_0000_0000) * this.slots);
  }

  private slotAfter(slot: number): number {
    return slot + 1 === this.slots ? 0 : slot + 1;
  }

  private isEmpty(slot: number): boolean {
    return this.hashes[2 * slot] === 0 && this.hashes[2 * slot + 1] === 0;
  }

  private isTaken(slot: number): boolean {
    return (this.taken[slot >>> 3]! & (1 << (slot & 7))) !== 0;
  }
}
