import { NEWLINE } from '../../lines/format.js';
import { type Layout, projectionThrough } from '../../activation/layout.js';
import { type Layer, LayerCursor } from './layer.js';
import { compareLineKey } from '../../lines/keys.js';
import { LineStream } from '../../lines/stream.js';
import { LineWriter } from '../../lines/writer.js';

/** What a snapshot is made of: blocks in key order, overlaid by layers from the oldest to the newest. */
export interface SnapshotParts {
  /** null when nothing was folded yet. */
  base: { layout: Layout; allOwed: boolean; blocks: AsyncIterable<Buffer> } | null;
  layers: Layer[];
}

/**
 * The effective snapshot as lines of the wanted layout in key order: the newest layer wins, attribute by attribute.
 * Stretches of blocks that no layer touches, and chunks of new lines among which there are no others, are taken whole.
 */
export async function* readSnapshot(parts: SnapshotParts, wanted: Layout): AsyncGenerator<Buffer> {
  const base = new BaseReader(parts.base, layoutsOf(parts.layers), wanted);
  const cursors = parts.layers.map((layer, i) => {
    return new LayerCursor(layer, layoutsOf(parts.layers.slice(i + 1)), wanted);
  });
  const writer = new LineWriter();
  try {
    const rows = new LayerRows(cursors);
    await rows.start();
    for (let key = rows.smallestKey(); key !== undefined; key = rows.smallestKey()) {
      for (;;) {
        if (base.needsLines) await base.readLines();
        if (!base.copyBelow(key, writer)) break;
        if (writer.isFull) yield writer.take();
      }
      const chunk = rows.wholeChunk(base);
      if (chunk) {
        if (!writer.isEmpty) yield writer.take();
        yield chunk;
      } else {
        const baseLine = base.takeAt(key);
        resolve(rows.at(key), baseLine, base, writer);
        if (writer.isFull) yield writer.take();
      }
      const wait = rows.advance();
      if (wait) await wait;
    }
    if (base.sameColumns && !writer.isEmpty) yield writer.take();
    while (await base.hasRest()) {
      if (base.sameColumns) yield base.takeRest();
      else if (base.copyRest(writer).isFull) yield writer.take();
    }
    if (!writer.isEmpty) yield writer.take();
  } finally {
    await base.close();
    await Promise.all(cursors.map((cursor) => cursor.close()));
  }
}

/** The layouts of the lines that the layers write. */
function layoutsOf(layers: readonly Layer[]): Layout[] {
  return layers.filter(({ effect }) => effect === 'lines').map(({ layout }) => layout);
}

interface BaseLine {
  buffer: Buffer;
  start: number;
  end: number;
}

/**
 * Writes the line of one contact, if it has one, from the rows of the layers that name it, from the oldest to the newest:
 *
 * | rows of the layers, newest last       | the reader sees                                                  |
 * | ------------------------------------- | ---------------------------------------------------------------- |
 * | none                                  | the line of the base; all values owed where the base is          |
 * | new or changed, settled               | its line                                                         |
 * | new or changed, some attributes owed  | its line, with these attributes owed                             |
 * | new or changed, in doubt              | its line, with all attributes that it carried owed               |
 * | new or changed, of before a full run  | its line, with all values owed                                   |
 * | new, absent (refused by all targets)  | what the rows below it say, as if it were not there              |
 * | gone                                  | no line                                                          |
 * | ..., then a late send                 | what the rows below it say, with the attributes it carried owed  |
 * | a late send, then new or changed      | that row's line: it was diffed when the late send was known      |
 */
function resolve(
  rows: readonly LayerCursor[],
  baseLine: BaseLine | undefined,
  base: BaseReader,
  writer: LineWriter,
): void {
  let top: LayerCursor | undefined;
  let gone = false;
  let late: LayerCursor[] = [];
  for (const row of rows) {
    if (row.layer.effect === 'late') {
      late.push(row);
      continue;
    }
    if (row.isAbsent) continue;
    top = row;
    gone = row.isGone;
    late = [];
  }
  if (top !== undefined) {
    if (!gone) top.writeLine(writer, late);
  } else if (baseLine !== undefined) {
    const owedLate = (column: number): boolean => late.some((row) => row.carriedLate(column));
    writer.project(baseLine.buffer, baseLine.start, baseLine.end, base.projection, owedLate);
  }
}

/** The rows of all layers, walked together in key order. */
class LayerRows {
  private open: LayerCursor[];
  private current: LayerCursor[] = [];
  private smallest: LayerCursor | undefined;

  constructor(cursors: readonly LayerCursor[]) {
    this.open = [...cursors];
  }

  async start(): Promise<void> {
    const open: LayerCursor[] = [];
    for (const cursor of this.open) if (await cursor.next()) open.push(cursor);
    this.open = open;
  }

  smallestKey(): Buffer | undefined {
    this.smallest = undefined;
    for (const cursor of this.open) {
      if (this.smallest === undefined || cursor.key.compare(this.smallest.key) < 0) this.smallest = cursor;
    }
    return this.smallest?.key;
  }

  /**
   * The lines of the chunk that begins with the smallest key, when they are taken as they stand and neither another layer nor
   * `base`, of which no line is below that key, has any among them. `advance` goes on after it.
   */
  wholeChunk(base: BaseReader): Buffer | undefined {
    const { smallest } = this;
    const lastKey = smallest?.lastKeyIfWhole;
    if (smallest === undefined || lastKey === undefined || !base.isAbove(lastKey)) return undefined;
    if (this.open.some((cursor) => cursor !== smallest && cursor.key.compare(lastKey) <= 0)) return undefined;
    smallest.passChunk();
    this.current = [smallest];
    return smallest.data;
  }

  /** The rows with this key, the smallest, from the oldest layer to the newest. */
  at(key: Buffer): readonly LayerCursor[] {
    this.current = this.open.length === 1 ? this.open : this.open.filter((cursor) => cursor.key.equals(key));
    return this.current;
  }

  /** Moves on the layers that `at` named. A promise only when one of them has to read: a promise a row is most of the work. */
  advance(): Promise<void> | undefined {
    let atEndOfChunk: LayerCursor[] | undefined;
    for (const cursor of this.current) if (!cursor.nextInChunk()) (atEndOfChunk ??= []).push(cursor);
    return atEndOfChunk && this.readOn(atEndOfChunk);
  }

  private async readOn(cursors: readonly LayerCursor[]): Promise<void> {
    const ended: LayerCursor[] = [];
    for (const cursor of cursors) if (!(await cursor.next())) ended.push(cursor);
    if (ended.length > 0) this.open = this.open.filter((cursor) => !ended.includes(cursor));
  }
}

const FIRST_STEP = 1024;

/** Reads the blocks, in the wanted layout. */
class BaseReader {
  readonly projection: number[];
  /** Whether its lines can be taken as they stand. */
  readonly sameColumns: boolean;
  private readonly lines: LineStream;

  constructor(base: SnapshotParts['base'], above: readonly Layout[], wanted: Layout) {
    this.lines = new LineStream(base?.blocks ?? noBlocks());
    this.projection =
      base === null || base.allOwed ? wanted.columns.map(() => -1) : projectionThrough([base.layout, ...above], wanted);
    this.sameColumns =
      base !== null &&
      base.layout.columns.length === wanted.columns.length &&
      this.projection.every((from, to) => from === to);
  }

  /** Whether lines must be read before it is known which comes next. */
  get needsLines(): boolean {
    return !this.lines.hasLine && !this.lines.hasEnded;
  }

  async readLines(): Promise<void> {
    await this.lines.fill();
  }

  /** Copies lines with keys below `key`, of those that were read; false when the next is not below it or there is none. */
  copyBelow(key: Buffer, writer: LineWriter): boolean {
    const { lines } = this;
    if (!lines.hasLine) return false;
    const end = this.firstLineFrom(key);
    if (end === lines.start) return false;
    this.write(lines.start, end, writer);
    lines.start = end;
    return true;
  }

  /** Whether no line is left up to this key, once those that are needed were read. */
  isAbove(key: Buffer): boolean {
    const { lines } = this;
    return !lines.hasLine || compareLineKey(lines.buffer, lines.start, key) > 0;
  }

  /** The line with this key, taken out of the stream, or undefined. Valid until the next call. */
  takeAt(key: Buffer): BaseLine | undefined {
    const { lines } = this;
    if (!lines.hasLine || compareLineKey(lines.buffer, lines.start, key) !== 0) return undefined;
    const line = { buffer: lines.buffer, start: lines.start, end: lines.lineEnd() };
    lines.start = line.end;
    return line;
  }

  async hasRest(): Promise<boolean> {
    return this.lines.hasLine || (await this.lines.fill());
  }

  /** The lines that were read, as they stand: for the same columns only. */
  takeRest(): Buffer {
    const { lines } = this;
    const rest = lines.buffer.subarray(lines.start, lines.end);
    lines.start = lines.end;
    return rest;
  }

  copyRest(writer: LineWriter): LineWriter {
    const { lines } = this;
    this.write(lines.start, lines.end, writer);
    lines.start = lines.end;
    return writer;
  }

  close(): Promise<void> {
    return this.lines.close();
  }

  private write(start: number, end: number, writer: LineWriter): void {
    const { buffer } = this.lines;
    if (this.sameColumns) {
      writer.copy(buffer, start, end);
      return;
    }
    for (let at = start; at < end;) {
      const lineEnd = buffer.indexOf(NEWLINE, at) + 1;
      writer.project(buffer, at, lineEnd, this.projection, nothingOwed);
      at = lineEnd;
    }
  }

  /** Where the first line with a key not below `key` starts: steps that double, then halves. */
  private firstLineFrom(key: Buffer): number {
    const { buffer, start, end } = this.lines;
    let below = start; // a line start: all before it are below the key
    let step = FIRST_STEP;
    let from = end;
    while (below < end) {
      const probe = lineStartAt(buffer, below + step, below, end);
      if (probe >= end || compareLineKey(buffer, probe, key) >= 0) {
        from = Math.min(probe, end);
        break;
      }
      below = probe;
      step *= 2;
    }
    while (below < from) {
      const middle = lineStartAt(buffer, (below + from) >>> 1, below, end);
      const probe = middle < from ? middle : below;
      if (compareLineKey(buffer, probe, key) < 0) below = buffer.indexOf(NEWLINE, probe) + 1;
      else from = probe;
    }
    return from;
  }
}

/** The start of the first line at or after `offset`. */
function lineStartAt(buffer: Buffer, offset: number, lowest: number, end: number): number {
  if (offset >= end) return end;
  if (offset <= lowest) return lowest;
  return buffer.indexOf(NEWLINE, offset - 1) + 1;
}

function nothingOwed(): boolean {
  return false;
}

async function* noBlocks(): AsyncGenerator<Buffer> {
  // Nothing was folded yet.
}
