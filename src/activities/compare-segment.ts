import type { ActivationParts } from '../activation/activation-parts.js';
import type { RowOrder } from '../activation/run.js';
import { identifierFieldFault } from '../destinations/batch-mep/index.js';
import { extractSegment } from '../segment/extract-segment.js';
import type { Source } from '../segment/source.js';
import type { DiffFigures } from '../snapshot/compute-diff.js';
import { computeDiff } from '../snapshot/compute-diff.js';
import type { Deferrals } from '../snapshot/deferrals.js';
import { readEffective } from '../snapshot/read-effective.js';
import type { DiffStore } from '../snapshot/store-diff.js';
import { computeUnorderedDiff, MAX_PILE_BYTES, unorderedLines } from '../snapshot/unordered-diff.js';
import type { SnapshotView } from '../snapshot/view.js';
import type { BoundActivation } from './bind-activation.js';
import type { Dependencies } from './dependencies.js';
import type { RowsRead } from './rows-read.js';
import { withSourceOf } from './with-source.js';

/** Lines of a chunk, bytes: their bodies stay below the 5 MB of a call, or nearly; the sender halves those that do not. */
const MAX_CHUNK_BYTES = 2 << 20;

/** What a segment is compared with, and how it is read. */
export interface Comparison {
  deps: Dependencies;
  /** Nothing was read from it yet. */
  source: Source;
  pinned: ActivationParts;
  bound: BoundActivation;
  rowsRead: RowsRead;
  view: SnapshotView;
  deferrals: Deferrals;
}

/**
 * Stores how the segment differs from the snapshot. The segment is read as the source comes by it where the snapshot's lines
 * fit into memory and most rows can be expected to be among them; else, or when that expectation was wrong, in the order
 * of the identifiers, for which the source has to sort.
 */
export async function compareSegment(
  comparison: Comparison,
  store: DiffStore,
): Promise<{ figures: DiffFigures; rowOrder: RowOrder }> {
  const { deps, source, pinned, bound, view } = comparison;
  const maxLines = unorderedLines(view, bound.layout, deps.diffMemoryBytes);
  const merged = async (from: Source): Promise<{ figures: DiffFigures; rowOrder: RowOrder }> => {
    const segment = await readSegment(comparison, from, 'identifier');
    const snapshot = readEffective(view.parts(), bound.layout);
    return { figures: await computeDiff({ ...segment, snapshot }, store), rowOrder: 'identifier' };
  };
  if (maxLines === undefined) return merged(source);

  const segment = await readSegment(comparison, source, 'any');
  const figures = await computeUnorderedDiff(
    {
      ...segment,
      snapshot: view.hashed(bound.layout, maxLines),
      maxPileBytes: MAX_PILE_BYTES,
    },
    store,
  );
  return figures ? { figures, rowOrder: 'any' } : withSourceOf(pinned, deps, merged);
}

/** The segment's rows, and what decides about each. */
async function readSegment({ pinned, bound, rowsRead, view, deferrals }: Comparison, source: Source, order: RowOrder) {
  const segment = await extractSegment(source, {
    sql: pinned.segment.sql,
    identifier: pinned.activation.identifier,
    fields: bound.fields,
    order,
  });
  return {
    segment: rowsRead.count(segment.rows),
    rowsRead: () => segment.rowsRead(),
    deferrals,
    rules: bound.rules,
    hasher: view.hasher,
    identifierFault: identifierFieldFault,
    standingInvalidValues: view.standingInvalidValues(bound.layout),
    limits: { maxRows: pinned.destination.chunkSize, maxBytes: MAX_CHUNK_BYTES },
  };
}
