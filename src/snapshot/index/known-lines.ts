import type { Layout } from '../../activation/layout.js';
import type { BlockIndex, BlockLines } from '../store/block-lines.js';
import { type Layer, LayerCursor } from '../store/layer.js';
import { hashesOf, type LineHasher } from './line-hash.js';
import { LineSet } from './line-set.js';
import { LineWriter } from '../../lines/writer.js';
import { inSlotOrder } from './slot-order.js';

/** A snapshot whose lines are known by their hashes: all of one layout, none under a late send. */
export interface HashedSnapshot {
  layout: Layout;
  hasher: LineHasher;
  /** The most lines that it can have. */
  maxLines: number;
  /** Of the lines of the blocks. */
  hashes: () => AsyncIterable<Buffer>;
  /** In key order. */
  blocks: () => AsyncIterable<BlockIndex>;
  /** These lines, whole, those of each block together. */
  blockLines: (wanted: readonly BlockLines[]) => AsyncIterable<Buffer>;
  /** To be read once. */
  layers: () => readonly Layer[];
}

/**
 * The set of the effective snapshot's lines, from the hashes that stand with blocks and chunks: of a million lines 8 MB are
 * read instead of 150. undefined when a chunk replaces a line that is not there: the hashes do not tell the snapshot then,
 * and the lines have to be read.
 */
export async function knownLines(snapshot: HashedSnapshot): Promise<LineSet | undefined> {
  const known = new LineSet(snapshot.maxLines, snapshot.hasher);
  for await (const hashes of inSlotOrder(snapshot.hashes(), snapshot.maxLines)) known.addAll(hashes);
  const replaced = { low: 0, high: 0 };
  const missing = { lines: 0 };
  const remove = (row: LayerCursor): void => {
    if (row.readReplaced(replaced) && !known.remove(replaced)) missing.lines++;
  };
  for (const layer of snapshot.layers()) {
    // A layer has each contact once, so that nothing in it replaces what it adds.
    for await (const lines of linesOfLayer(layer, snapshot.layout, remove)) {
      known.addAll(hashesOf(lines, snapshot.hasher));
    }
  }
  return missing.lines === 0 ? known : undefined;
}

/** The lines that a layer writes, as they stand in the snapshot. */
export async function* linesOfLayer(
  layer: Layer,
  layout: Layout,
  eachRow: (row: LayerCursor) => void = () => undefined,
): AsyncGenerator<Buffer> {
  const writer = new LineWriter();
  const row = new LayerCursor(layer, [], layout);
  try {
    while (row.nextInChunk() || (await row.next())) {
      if (row.isAbsent) continue;
      eachRow(row);
      if (!row.isGone) row.writeLine(writer, []);
      if (writer.isFull) yield writer.take();
    }
    if (!writer.isEmpty) yield writer.take();
  } finally {
    await row.close();
  }
}
