import type pg from 'pg';
import { type Layout, sameLayout } from '../../activation/layout.js';
import type { ClaimedRun } from '../../engine/claim/claimed-run.js';
import type { DiffFigures } from './merge.js';
import type { Snapshot } from '../store/snapshot.js';

/** What a run finds when it meets the rows of the run before. */
export interface RepeatedDiff {
  /** The run before. */
  repeats: number;
  /** Of the rows that it met. */
  checksum: string;
  figures: DiffFigures;
  /** Rejections that stay deferred. */
  deferredIds: number[];
}

/** All figures of a diff that finds nothing to do. */
type UnchangedFigures = Pick<
  DiffFigures,
  'read' | 'unchanged' | 'deferred' | 'known' | 'invalidRows' | 'invalidValues'
>;

type RepeatedRow = Omit<RepeatedDiff, 'figures'> & UnchangedFigures & { layout: Layout };

/**
 * The diff of rows that are those of the run before, when all that it found is in the snapshot since, and nothing else has
 * come due. undefined when that is not so, or when the checksum of its rows is not known or no longer relied on.
 */
export async function repeatedDiff(
  client: pg.ClientBase,
  run: ClaimedRun,
  view: Pick<Snapshot, 'hasLateSends' | 'isMergeDue'>,
  wanted: Layout,
): Promise<RepeatedDiff | undefined> {
  // A late send has made something owed; and once a day the lines themselves are compared, whatever the checksum says.
  if (view.hasLateSends || view.isMergeDue) return undefined;
  const found = await client.query<RepeatedRow>(
    `select d.run_id as repeats, s.checksum, d.layout, d.read, d.unchanged + d.new + d.changed as unchanged, d.deferred,
            d.known_after as known, d.invalid as "invalidRows", d.invalid_values as "invalidValues",
            coalesce((select jsonb_agg(j.rejection_id) from outflow.rejection j where j.activation_id = s.activation_id), '[]')
              as "deferredIds"
     from outflow.snapshot s
     join outflow.run_diff d on d.run_id = s.checksum_run
     join outflow.run r on r.run_id = d.run_id
     where s.activation_id = $1::bigint
       -- No full run has begun since, which would make everything owed.
       and s.owed_before_run <= d.run_id
       -- Its run has ended with everything that it found accepted.
       and r.outcome in ('completed', 'completed_with_warnings') and r.rejected = 0 and r.unsent = 0
       -- It is the newest diff: none after it has found anything else.
       and not exists (select from outflow.run_diff later
                       where later.activation_id = s.activation_id and later.run_id > d.run_id)
       -- The contacts that are refused are those that it has deferred, and none of them is due.
       and not exists (select from outflow.rejection j where j.activation_id = s.activation_id
                       and (j.deferred_in_run = d.run_id and j.due_at > statement_timestamp()) is not true)`,
    [run.activationId],
  );
  const [row] = found.rows;
  if (row === undefined || !sameLayout(row.layout, wanted)) return undefined;
  const { repeats, checksum, layout, deferredIds, ...figures } = row;
  return { repeats, checksum, deferredIds, figures: withoutChanges(figures, layout) };
}

function withoutChanges(figures: UnchangedFigures, layout: Layout): DiffFigures {
  const reasons = Object.values(figures.invalidRows);
  return {
    ...figures,
    knownAfter: figures.known,
    invalid: reasons.reduce((sum, rows) => sum + rows, 0),
    new: 0,
    changed: 0,
    gone: 0,
    differing: 0,
    nulled: layout.columns.map(() => 0),
    sendChunks: 0,
    settleChunks: 0,
  };
}
