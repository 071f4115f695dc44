import type pg from 'pg';
import type { ClaimedRun } from '../../engine/claim/claimed-run.js';

/** As much of the past as tells what to expect. */
const DIFFS = 8;

/** Milliseconds of reading below which a run gains nothing that anybody would notice. */
const WORTH_SPARING_MS = 50;

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

type DiffRow = Pick<ChecksumHistory, 'readMs' | 'checksumMs'> & EarlierDiff & { isFirst: boolean };

export async function checksumHistory(client: pg.ClientBase, run: ClaimedRun): Promise<ChecksumHistory> {
  const { rows } = await client.query<DiffRow>(
    `select d.read_ms as "readMs", d.checksum_ms as "checksumMs", d.checksum_matched as "checksumMatched",
            d.new + d.changed + d.gone + d.settle_chunks = 0 as "foundNothing",
            not (d.guard_figures ->> 'acknowledgedBefore')::boolean as "isFirst"
     from outflow.run_diff d where d.activation_id = $1::bigint order by d.run_id desc limit ${DIFFS}`,
    [run.activationId],
  );
  const { readMs = null, checksumMs = null } = rows[0] ?? {};
  return { readMs, checksumMs, diffs: rows.filter(({ isFirst }) => !isFirst) };
}

/**
 * Whether to ask the source for a checksum before the segment is read: where it may be expected to spare more time than it
 * costs. It costs its own time always, and spares that of reading as often as it tells that nothing has changed. So a
 * segment that changes all the time, or whose query takes long by itself, is just read. Until a checksum was timed, it is
 * taken for half of reading.
 */
export function checksumPays({ readMs, checksumMs, diffs }: ChecksumHistory): boolean {
  if (readMs === null || readMs < WORTH_SPARING_MS) return false;
  return (checksumMs ?? readMs / 2) <= readMs * expectedShare(diffs);
}

/** Of the next diffs, those that a checksum would spare, 0 to 1. */
function expectedShare(diffs: readonly EarlierDiff[]): number {
  if (diffs.length === 0) return 1;
  // Rows that are left out may change all the time, and so may the checksum, although there is never anything to find.
  const misleads = diffs.some(({ foundNothing, checksumMatched }) => foundNothing && checksumMatched === false);
  const spared = diffs.filter(({ foundNothing, checksumMatched }) => checksumMatched ?? (foundNothing && !misleads));
  return spared.length / diffs.length;
}
