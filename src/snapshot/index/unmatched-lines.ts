import { countLines, NEWLINE } from '../../lines/format.js';
import { wantedLines } from '../store/block-lines.js';
import { type HashedSnapshot, linesOfLayer } from './known-lines.js';
import { HASH_BYTES, hashesOf, readHash } from './line-hash.js';
import { compareLineKeys, isNullKey } from '../../lines/keys.js';
import { distinctLines, SortBuffer, sortedTogether } from '../../lines/sort-buffer.js';
import { hashOfKey } from './places.js';
import type { LineSet } from './line-set.js';

/** Lines that are still to be merged, in key order. */
export interface UnmatchedLines {
  segment: Buffer;
  segmentLines: number;
  snapshot: Buffer;
}

const nothing: UnmatchedLines = { segment: Buffer.alloc(0), segmentLines: 0, snapshot: Buffer.alloc(0) };

/**
 * The lines that are still to be merged once equal ones were taken out on both sides: the snapshot's lines that no row had
 * (those that remain in `known`), and the rows that no line had (`differing`, in key order):
 *
 *     snapshot        segment         still to be merged
 *     a gold          a gold          -
 *     b gold          b silver        snapshot: b gold; segment: b silver (changed)
 *     c gold                          snapshot: c gold (gone)
 *                     d gold          segment: d gold (new)
 *     e gold          e gold          snapshot: e gold; segment: e gold, e silver (a duplicate)
 *                     e silver
 *
 * In the last case `e gold` was taken out on both sides. A row with the same key differs, so the key is a duplicate, and the
 * line is put back on both sides, where the merge finds that. undefined when these lines are more than `maxBytes`, or the
 * set had other lines than the snapshot.
 */
export async function unmatchedLines(
  snapshot: HashedSnapshot,
  known: LineSet,
  differing: Buffer,
  maxBytes: number,
): Promise<UnmatchedLines | undefined> {
  if (known.remaining === 0 && differing.length === 0) return nothing;
  const search = new Search(snapshot, known, differing, maxBytes);
  if (!(await search.run())) return undefined;
  const unmatched = distinctLines(search.unmatched.sorted());
  if (countLines(unmatched) !== known.remaining) return undefined;
  const putBack = distinctLines(search.putBack.sorted());
  const segment = sortedTogether(putBack, differing);
  return { segment, segmentLines: countLines(segment), snapshot: sortedTogether(putBack, unmatched) };
}

/** Looks for lines among all of the snapshot: some stand in it twice, and others were replaced since. */
class Search {
  readonly unmatched: SortBuffer;
  readonly putBack: SortBuffer;
  private readonly snapshot: HashedSnapshot;
  private readonly known: LineSet;
  private readonly remaining: LineSet;
  private readonly differing: Buffer;
  private readonly maxBytes: number;

  constructor(snapshot: HashedSnapshot, known: LineSet, differing: Buffer, maxBytes: number) {
    this.unmatched = new SortBuffer(maxBytes);
    this.putBack = new SortBuffer(maxBytes);
    this.snapshot = snapshot;
    this.known = known;
    this.remaining = known.remainingLines();
    this.differing = differing;
    this.maxBytes = maxBytes;
  }

  /** False when there is no room for what was found, or the blocks have other lines than they say. */
  async run(): Promise<boolean> {
    return (await this.searchBlocks()) && (await this.searchLayers());
  }

  /** By hashes, so that only the lines that are wanted have to be read. */
  private async searchBlocks(): Promise<boolean> {
    const { snapshot, known, remaining } = this;
    const keys = this.differingKeys();
    const wanted = await wantedLines(
      snapshot.blocks(),
      (hash, keyHash) => remaining.has(hash) || (keys.has(keyHash) && known.wasTaken(hash)),
      this.maxBytes,
    );
    if (wanted === undefined) return false;
    const rows = new KeyWalk(this.differing);
    let blocks = 0;
    for await (const lines of snapshot.blockLines(wanted)) {
      const { hashes } = wanted[blocks++]!;
      if (lines.at(-1) !== NEWLINE || !hashesOf(lines, snapshot.hasher).equals(hashes)) return false;
      if (!this.find(lines, hashes, rows)) return false;
    }
    return blocks === wanted.length;
  }

  private async searchLayers(): Promise<boolean> {
    const { snapshot } = this;
    for (const layer of snapshot.layers()) {
      const rows = new KeyWalk(this.differing);
      for await (const lines of linesOfLayer(layer, snapshot.layout)) {
        if (!this.find(lines, hashesOf(lines, snapshot.hasher), rows)) return false;
      }
    }
    return true;
  }

  /** Hashes of them. */
  private differingKeys(): Set<number> {
    const { differing, snapshot } = this;
    const keys = new Set<number>();
    for (let start = 0; start < differing.length; start = differing.indexOf(NEWLINE, start) + 1) {
      keys.add(hashOfKey(differing, start, snapshot.hasher));
    }
    return keys;
  }

  /** Among lines in key order. False when there is no more room. */
  private find(lines: Buffer, hashes: Buffer, rows: KeyWalk): boolean {
    const hash = { low: 0, high: 0 };
    for (let start = 0, at = 0; start < lines.length; at += HASH_BYTES) {
      const end = lines.indexOf(NEWLINE, start) + 1;
      readHash(hashes, at, hash);
      if (this.remaining.has(hash)) {
        if (!this.unmatched.add(lines, start, end)) return false;
      } else if (rows.hasKeyOf(lines, start) && this.known.wasTaken(hash)) {
        if (!this.putBack.add(lines, start, end)) return false;
      }
      start = end;
    }
    return true;
  }
}

/** Finds keys in lines that are in key order; those that are asked for come in that order, too. */
class KeyWalk {
  private readonly lines: Buffer;
  private at = 0;

  constructor(lines: Buffer) {
    this.lines = lines;
  }

  hasKeyOf(buffer: Buffer, start: number): boolean {
    const { lines } = this;
    while (this.at < lines.length && !isNullKey(lines, this.at)) {
      const order = compareLineKeys(lines, this.at, buffer, start);
      if (order >= 0) return order === 0;
      this.at = lines.indexOf(NEWLINE, this.at) + 1;
    }
    return false;
  }
}
