import { activityInfo } from '@temporalio/activity';
import { OutflowError } from '../activation/errors.js';
import type { ReadMode, ReadOrder } from '../activation/run.js';
import { openDestination } from '../destinations/registry.js';
import type { Reading } from '../sources/source.js';
import { checksumHistory } from '../snapshot/diff/checksum-history.js';
import { computeDiff, type DiffFigures } from '../snapshot/diff/merge.js';
import { readSnapshot } from '../snapshot/store/effective.js';
import type { DiffStore, FoundDiff } from '../snapshot/diff/diff-store.js';
import { planReading, type ChecksumHistory, type ReadingPlan } from '../snapshot/diff/plan-reading.js';
import { computeUnsortedDiff, MAX_UNMATCHED_BYTES } from '../snapshot/index/unsorted-diff.js';
import { type Comparison, extractOf } from './comparison.js';
import { readChecksum } from './read-checksum.js';
import { withSourceOf } from './with-source.js';

/**
 * Stores how the segment differs from the snapshot. Where the source finds that the rows are those of the run before, that
 * run has said it already; else they are read.
 */
export async function compareSegment(comparison: Comparison, store: DiffStore): Promise<FoundDiff> {
  const reading = await comparison.source.begin();
  const history = await checksumHistory(comparison.client, comparison.run);
  const plan = planOf(comparison, history);
  if (plan.checksum !== 'first') {
    const { found } = await readAndCompare(comparison, reading, plan.rows, store);
    return { ...found, checksumMs: history.checksumMs, checksumMatched: plan.checksum === 'missed' ? false : null };
  }
  try {
    const { repeated, checksum, ...asked } = await readChecksum(comparison, reading);
    if (repeated) {
      await reading.end();
      return { ...repeated, ...asked, readMode: 'skipped', readMs: history.readMs };
    }
    const { found, isOfThatMoment } = await readAndCompare(comparison, reading, plan.rows, store);
    const isOfTheseRows = isOfThatMoment && checksum?.rows === found.figures.read;
    return { ...found, ...asked, ...(isOfTheseRows && { checksum: checksum.sum }) };
  } catch (error) {
    throw mayEndWithoutChecksum(error);
  }
}

function planOf({ deps, view, bound }: Comparison, history: ChecksumHistory): ReadingPlan {
  return planReading({
    checksumUse: deps.checksumUse,
    history,
    attempt: activityInfo().attempt,
    hasAcknowledged: view.hasAcknowledged,
    lines: view.linesIn(bound.layout),
    memoryBytes: deps.diffMemoryBytes,
    lastDifferingShare: view.lastDifferingShare,
    isMergeDue: view.isMergeDue,
  });
}

/** What ended the transaction may have had time for one of the two: the next attempt does not ask. */
function mayEndWithoutChecksum(error: unknown): unknown {
  if (!(error instanceof OutflowError) || error.code !== 'SourceEndedQuery') return error;
  return new OutflowError('SourceInterrupted', error.message, error.remedy, error.category);
}

/** Reads the segment by the plan. Where more differs than an unsorted reading has room for, reads it again, sorted. */
async function readAndCompare(
  comparison: Comparison,
  reading: Reading,
  rows: ReadingPlan['rows'],
  store: DiffStore,
): Promise<{ found: FoundDiff; isOfThatMoment: boolean }> {
  const { deps, pinned, bound, view, deferrals } = comparison;
  const startedAt = performance.now();
  const found = (figures: DiffFigures, readMode: ReadMode): FoundDiff => ({
    figures,
    deferredIds: deferrals.deferredIds,
    readMode,
    readMs: Math.round(performance.now() - startedAt),
  });
  const merge = (from: Reading): Promise<DiffFigures> => {
    const snapshot = readSnapshot(view.parts(), bound.layout);
    return computeDiff({ ...readSegment(comparison, from, 'identifier'), snapshot }, store);
  };
  if (rows.mode === 'sorted') return { found: found(await merge(reading), 'sorted'), isOfThatMoment: true };

  const figures = await computeUnsortedDiff(
    {
      ...readSegment(comparison, reading, 'any'),
      snapshot: view.hashed(bound.layout, rows.maxLines),
      maxUnmatchedBytes: MAX_UNMATCHED_BYTES,
    },
    store,
  );
  if (figures) return { found: found(figures, 'unsorted'), isOfThatMoment: true };
  const merged = await withSourceOf(pinned, deps, async (source) => merge(await source.begin()));
  return { found: found(merged, 'sorted'), isOfThatMoment: false };
}

/** The segment's rows, and what decides about each. */
function readSegment(comparison: Comparison, reading: Reading, order: ReadOrder) {
  const { pinned, bound, rowsRead, view, deferrals } = comparison;
  const { identifier, limits } = openDestination(pinned.destination);
  const segment = reading.read(extractOf(comparison), { order });
  return {
    segment: rowsRead.count(segment.rows),
    rowsRead: () => segment.rowsRead(),
    deferrals,
    rules: bound.rules,
    hasher: view.hasher,
    identifierFault: identifier.faultOfField,
    standingInvalidValues: view.standingInvalidValues(bound.layout),
    limits: { maxRows: limits.chunkRows, maxBytes: limits.chunkBytes },
  };
}
