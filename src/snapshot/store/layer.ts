import { NEWLINE } from '../../lines/format.js';
import { type Layout, projectionThrough } from '../../activation/layout.js';
import { type ChunkRows, flagBytes, Operation } from '../chunks/chunk.js';
import { HASH_BYTES, type LineHash, readHash } from '../index/line-hash.js';
import { keyOf } from '../../lines/keys.js';
import type { LineWriter } from '../../lines/writer.js';
import { owedBytes, RowState } from '../chunks/owed-rows.js';
import { hasColumn } from '../../lines/column-mask.js';

/** A chunk as it overlays the snapshot. */
export interface LayerChunk extends ChunkRows {
  /** Whether it was attempted and never acknowledged: all that it carried reads as owed. */
  inDoubt: boolean;
  /** A row: its state and the attributes owed; null when nothing is. */
  owed: Buffer | null;
  /** A row: the hash of the line that it replaces, zeros for none; empty when it replaces none. */
  replaced: Buffer;
}

/** The chunks of one run and kind, or one late send: rows in key order that overlay everything below. */
export interface Layer {
  /**
   * `lines`: its rows replace what is below. `late`: what its rows carried reads as owed, the rest of the line is that below,
   * because the request may have arrived after newer ones.
   */
  effect: 'lines' | 'late';
  layout: Layout;
  /** A full run began after it: its values read as owed. */
  allOwed: boolean;
  chunks: AsyncIterable<LayerChunk>;
}

/** Maps columns: a late send overwrote an attribute whatever its type and rendering were; lines are known only under the same identity. */
function projectionOf({ effect, layout, allOwed }: Layer, above: readonly Layout[], wanted: Layout): number[] {
  if (effect === 'late') {
    return wanted.columns.map(({ attribute }) => layout.columns.findIndex((column) => column.attribute === attribute));
  }
  return allOwed ? wanted.columns.map(() => -1) : projectionThrough([layout, ...above], wanted);
}

/** Walks the rows of a layer in key order. */
export class LayerCursor {
  readonly layer: Layer;
  /** For each column of the wanted layout the layer's column, or -1. */
  readonly projection: number[];
  /** Whether the layer's lines can be taken as they are when nothing of them is owed. */
  readonly sameColumns: boolean;
  key: Buffer = Buffer.alloc(0);
  data: Buffer = Buffer.alloc(0);
  lineStart = 0;
  lineEnd = 0;
  private chunk: LayerChunk | undefined;
  private row = 0;
  private readonly columns: number;
  private readonly chunks: AsyncIterator<LayerChunk>;

  /** `above`: the layouts of the lines that were written later. */
  constructor(layer: Layer, above: readonly Layout[], wanted: Layout) {
    this.layer = layer;
    this.projection = projectionOf(layer, above, wanted);
    this.sameColumns =
      wanted.columns.length === layer.layout.columns.length && this.projection.every((from, to) => from === to);
    this.columns = layer.layout.columns.length;
    this.chunks = layer.chunks[Symbol.asyncIterator]();
  }

  /** Moves to the next row; false when there is none. */
  async next(): Promise<boolean> {
    if (this.nextInChunk()) return true;
    for (;;) {
      const next = await this.chunks.next();
      if (next.done) return false;
      this.chunk = next.value;
      this.data = next.value.data;
      this.row = -1;
      this.lineEnd = 0;
      if (this.nextInChunk()) return true;
    }
  }

  /** Moves to the next row of the chunk at hand; false when `next` must read another. */
  nextInChunk(): boolean {
    const { chunk } = this;
    if (chunk === undefined || this.row + 1 >= chunk.rowCount) return false;
    this.row++;
    this.lineStart = this.lineEnd;
    this.lineEnd = chunk.data.indexOf(NEWLINE, this.lineStart) + 1;
    this.key = keyOf(chunk.data, this.lineStart);
    return true;
  }

  /** Passes over the rows of the chunk at hand: `next` reads another. */
  passChunk(): void {
    this.row = this.chunk!.rowCount - 1;
  }

  /** Of the chunk at hand, when none of its rows was passed and all are lines that can be taken as they stand: its last key. */
  get lastKeyIfWhole(): Buffer | undefined {
    if (this.row > 0 || this.layer.effect === 'late' || !this.isPlain) return undefined;
    const { rowCount, flags, data } = this.chunk!;
    const rowBytes = flagBytes(this.columns);
    for (let row = 0; row < rowCount; row++) if (flags[row * rowBytes] === Operation.gone) return undefined;
    return keyOf(data, data.lastIndexOf(NEWLINE, data.length - 2) + 1);
  }

  get isGone(): boolean {
    return this.operation === Operation.gone;
  }

  /** A new contact that was wholly refused: as if the row were not there. */
  get isAbsent(): boolean {
    const { owed } = this.chunk!;
    return owed !== null && owed[this.row * owedBytes(this.columns)] === RowState.absent;
  }

  /** Whether this column of the wanted layout reads as owed by this row. */
  private owes(column: number): boolean {
    const from = this.projection[column]!;
    if (from < 0) return true;
    const chunk = this.chunk!;
    if (chunk.inDoubt) return this.carries(from);
    if (chunk.owed === null) return false;
    const at = this.row * owedBytes(this.columns);
    return chunk.owed[at] === RowState.owed && hasColumn(chunk.owed, at + 1, from);
  }

  /** Reads the hash of the line that this row takes the place of; false when it is of a new contact. */
  readReplaced(into: LineHash): boolean {
    const { replaced } = this.chunk!;
    if (replaced.length === 0) return false;
    readHash(replaced, this.row * HASH_BYTES, into);
    return into.low !== 0 || into.high !== 0;
  }

  /** Writes the contact's line: the row's, in the wanted layout. `late`: late sends above it, which it owes what they carried. */
  writeLine(writer: LineWriter, late: readonly LayerCursor[]): void {
    if (late.length === 0 && this.isPlain) {
      writer.copy(this.data, this.lineStart, this.lineEnd);
      return;
    }
    const owes = (column: number): boolean => this.owes(column) || late.some((row) => row.carriedLate(column));
    writer.project(this.data, this.lineStart, this.lineEnd, this.projection, owes);
  }

  /** Whether the line may be taken as it stands. */
  private get isPlain(): boolean {
    const { inDoubt, owed } = this.chunk!;
    return this.sameColumns && !inDoubt && owed === null;
  }

  /** Whether a late send carried this column of the wanted layout. A column that it does not know was not carried. */
  carriedLate(column: number): boolean {
    const from = this.projection[column]!;
    return from >= 0 && this.carries(from);
  }

  private carries(column: number): boolean {
    return hasColumn(this.chunk!.flags, this.row * flagBytes(this.columns) + 1, column);
  }

  private get operation(): number {
    return this.chunk!.flags[this.row * flagBytes(this.columns)]!;
  }

  async close(): Promise<void> {
    await this.chunks.return?.();
  }
}
