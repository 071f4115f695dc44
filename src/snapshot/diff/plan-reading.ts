import { lineSetBytes } from '../index/line-set.js';

/** What an operator says of checksums: `auto` leaves it to what earlier runs have shown. */
export type ChecksumUse = 'auto' | 'never' | 'always';

/** What earlier diffs of an activation say of the next one. */
export interface ChecksumHistory {
  /** How long it took to read the segment and to find the changes, when that was last done; null when it was never timed. */
  readMs: number | null;
  /** How long the source took for a checksum, whether or not it came, when it was last asked; null when it never was. */
  checksumMs: number | null;
  /** The newest first; without a first one, which has nothing to find again. */
  diffs: EarlierDiff[];
}

export interface EarlierDiff {
  foundNothing: boolean;
  /** Whether a checksum has spared the reading; null when it was not to be asked for, or there was none to compare it with. */
  checksumMatched: boolean | null;
}

/** All that decides how a run reads its segment. */
export interface ReadingFacts {
  checksumUse: ChecksumUse;
  history: ChecksumHistory;
  /** Attempt of the step, from 1. */
  attempt: number;
  /** Whether anything was ever acknowledged. */
  hasAcknowledged: boolean;
  /** The most lines that the snapshot can have; undefined when their hashes do not tell what a segment would have. */
  lines: number | undefined;
  /** What the set of the snapshot's lines may take, bytes. */
  memoryBytes: number;
  /** Share of the rows that differed in the run before, 0 to 1 or more. */
  lastDifferingShare: number;
  /** Whether the lines themselves have not been compared for a day. */
  isMergeDue: boolean;
}

export interface ReadingPlan {
  /**
   * Whether the source is asked for a checksum before the segment is read. `missed`: it would be worth its time, but an
   * attempt before has asked, and may have ended because of that.
   */
  checksum: 'first' | 'missed' | 'none';
  /** How the segment is read, if it has to be: unsorted against a set of so many lines, or sorted. */
  rows: { mode: 'unsorted'; maxLines: number } | { mode: 'sorted' };
}

/** Milliseconds of reading below which a run gains nothing that anybody would notice. */
const WORTH_SPARING_MS = 50;

/**
 * Share of the rows that may be expected to differ. Measured with a million rows, as multiples of the segment's COPY: 1.3
 * against 1.7 for the merge where 1% had changed; 1.6 against 1.7 with 3%; with 8% the merge was as fast, in less memory.
 */
const MOST_EXPECTED_SHARE = 0.02;

/** Rows that may be expected to differ: half of what `MAX_UNMATCHED_BYTES` has room for, past which the segment is read again. */
const MOST_EXPECTED_ROWS = 50_000;

/**
 * How a run reads its segment:
 *
 * | first, where it is worth its time | then, where the rows have to be read                             |
 * | --------------------------------- | ---------------------------------------------------------------- |
 * | a checksum of the rows            | unsorted: the snapshot's lines fit into memory, few will differ   |
 * |                                   | sorted: else, and once a day                                      |
 */
export function planReading(facts: ReadingFacts): ReadingPlan {
  return { checksum: planChecksum(facts), rows: planRows(facts) };
}

function planChecksum({ checksumUse, history, attempt, hasAcknowledged }: ReadingFacts): ReadingPlan['checksum'] {
  if (checksumUse === 'never' || !hasAcknowledged) return 'none';
  if (checksumUse === 'auto' && !isChecksumWorthwhile(history)) return 'none';
  return attempt > 1 ? 'missed' : 'first';
}

/**
 * Whether a checksum may be expected to spare more time than it costs. It costs its own time always, and spares that of
 * reading as often as it says that nothing has changed. So a segment that changes all the time, or whose query takes long by
 * itself, is just read. A checksum that was never timed is taken for half of reading.
 */
function isChecksumWorthwhile({ readMs, checksumMs, diffs }: ChecksumHistory): boolean {
  if (readMs === null || readMs < WORTH_SPARING_MS) return false;
  return (checksumMs ?? readMs / 2) <= readMs * expectedShare(diffs);
}

/** Share of the next diffs that a checksum would spare, 0 to 1. */
function expectedShare(diffs: readonly EarlierDiff[]): number {
  if (diffs.length === 0) return 1;
  // Rows that are left out may change all the time, and so may the checksum, although there is never anything to find.
  const misleads = diffs.some(({ foundNothing, checksumMatched }) => foundNothing && checksumMatched === false);
  const spared = diffs.filter(({ foundNothing, checksumMatched }) => checksumMatched ?? (foundNothing && !misleads));
  return spared.length / diffs.length;
}

function planRows({ lines, memoryBytes, lastDifferingShare, isMergeDue }: ReadingFacts): ReadingPlan['rows'] {
  const fits = lines !== undefined && lines > 0 && lineSetBytes(lines) <= memoryBytes;
  if (!fits || isMergeDue) return { mode: 'sorted' };
  const isMuchExpected = lastDifferingShare > MOST_EXPECTED_SHARE || lastDifferingShare * lines > MOST_EXPECTED_ROWS;
  return isMuchExpected ? { mode: 'sorted' } : { mode: 'unsorted', maxLines: lines };
}
