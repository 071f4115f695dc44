import type pg from 'pg';
import type { ClaimedRun } from '../../engine/claim/claimed-run.js';
import type { ChecksumHistory, EarlierDiff } from './plan-reading.js';

/** Diffs that say what to expect of the next one. */
const DIFFS = 8;

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
