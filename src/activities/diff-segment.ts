import { cancellationSignal } from '@temporalio/activity';
import type pg from 'pg';
import type { DiffSegmentResult, RunRef } from '../activation/steps.js';
import { withConnection } from '../engine/database/database.js';
import { waitForReadSlot } from '../engine/runs/read-slots.js';
import { setRowsRead } from '../engine/runs/runs.js';
import { loadDeferrals } from '../snapshot/diff/deferrals.js';
import { isFoldDue, layersAboveBase } from '../snapshot/store/fold-due.js';
import { DiffStore, type PublishedDiff, publishedDiff, publishedLayout } from '../snapshot/diff/diff-store.js';
import { openSnapshot } from '../snapshot/store/snapshot.js';
import { bindActivation } from '../destinations/bind-activation.js';
import { openDestination } from '../destinations/registry.js';
import { compareSegment } from './compare-segment.js';
import type { Comparison } from './comparison.js';
import type { Dependencies } from './dependencies.js';
import { withHeartbeats } from './heartbeats.js';
import { pinnedRun } from './pinned-run.js';
import { RowsRead } from './rows-read.js';
import { withSourceOf } from './with-source.js';

/**
 * Reads the segment and the snapshot in one pass and stores the changes as chunks. Safe to repeat: once published, the diff
 * is returned as it is; before, nothing of it counts.
 */
export async function diffSegment(deps: Dependencies, run: RunRef): Promise<DiffSegmentResult> {
  return withConnection(deps.engine, async (client) => {
    const published = (await publishedDiff(client, run)) ?? (await diff(deps, run, client));
    const { sendChunks: chunks, ...counts } = published;
    const changesNothing = chunks + counts.settleChunks === 0;
    return { ...counts, chunks, mayFold: !changesNothing || (await isOwedAFold(deps, run)) };
  });
}

async function diff(deps: Dependencies, run: RunRef, client: pg.ClientBase): Promise<PublishedDiff> {
  const pinned = await pinnedRun(deps.engine, run);
  const rowsRead = new RowsRead((rows) => setRowsRead(deps.engine, run, rows));
  return withHeartbeats(
    () => rowsRead.current,
    async () => {
      await waitForReadSlot(client, pinned.source, cancellationSignal());
      return withSourceOf(pinned, deps, async (source) => {
        // Waits for as long as a table of the segment is locked.
        const columns = await source.describe(pinned.segment);
        const bound = bindActivation(pinned.activation, openDestination(pinned.destination), columns);
        return storeDiff({ deps, run, client, source, pinned, bound, rowsRead });
      });
    },
  );
}

/** Whether an earlier run has left its fold to the next one. */
async function isOwedAFold({ engine }: Dependencies, run: RunRef): Promise<boolean> {
  return isFoldDue(await layersAboveBase(engine, run), await publishedLayout(engine, run));
}

type DiffParts = Omit<Comparison, 'view' | 'deferrals'>;

async function storeDiff(parts: DiffParts): Promise<PublishedDiff> {
  const { deps, run, client, bound } = parts;
  const view = await openSnapshot(deps.engine, run, 'earlier runs');
  try {
    const deferrals = await loadDeferrals(client, run);
    const store = await DiffStore.begin(client, run);
    const compared = await compareSegment({ ...parts, view, deferrals }, store);
    return await store.publish({
      layout: bound.layout,
      lateSendSeen: view.lateSendSeen,
      acknowledgedBefore: view.hasAcknowledged,
      ...compared,
    });
  } finally {
    view.close();
  }
}
