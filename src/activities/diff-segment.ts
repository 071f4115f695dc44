import { cancellationSignal } from '@temporalio/activity';
import type pg from 'pg';
import type { DiffSegmentResult, RunRef } from '../activation/steps.js';
import { sourceUrl } from '../config/secrets.js';
import { identifierFault } from '../destinations/batch-mep/index.js';
import { waitForReadSlot } from '../engine/read-slots.js';
import { setRowsRead } from '../engine/runs.js';
import { describeSegment } from '../segment/describe-segment.js';
import { extractSegment } from '../segment/extract-segment.js';
import type { Source } from '../segment/source.js';
import { openSource } from '../segment/source.js';
import { computeDiff } from '../snapshot/compute-diff.js';
import { loadDeferrals } from '../snapshot/deferrals.js';
import { readEffective } from '../snapshot/read-effective.js';
import type { PublishedDiff } from '../snapshot/store-diff.js';
import { DiffStore, publishedDiff } from '../snapshot/store-diff.js';
import { openSnapshotView } from '../snapshot/view.js';
import type { BoundActivation } from './bind-activation.js';
import { bindActivation } from './bind-activation.js';
import type { Dependencies } from './dependencies.js';
import { withHeartbeats } from './heartbeats.js';
import type { ActivationParts } from '../activation/activation-parts.js';
import { pinnedRun } from './pinned-run.js';
import { RowsRead } from './rows-read.js';

/** Lines of a chunk, bytes: their bodies stay below the 5 MB of a call, or nearly; the sender halves those that do not. */
const MAX_CHUNK_BYTES = 2 << 20;

/**
 * Reads the segment and the snapshot in one pass and stores the changes as chunks. Safe to repeat: once published, the diff
 * is returned as it is; before, nothing of it counts.
 */
export async function diffSegment(deps: Dependencies, run: RunRef): Promise<DiffSegmentResult> {
  const client = await deps.engine.connect();
  try {
    const published = (await publishedDiff(client, run)) ?? (await diff(deps, run, client));
    const { sendChunks: chunks, ...counts } = published;
    return { ...counts, chunks };
  } finally {
    await client.end();
  }
}

async function diff(deps: Dependencies, run: RunRef, client: pg.Client): Promise<PublishedDiff> {
  const pinned = await pinnedRun(deps.engine, run);
  const rowsRead = new RowsRead((rows) => setRowsRead(deps.engine, run, rows));
  return withHeartbeats(
    () => rowsRead.current,
    async () => {
      await waitForReadSlot(client, pinned.source, cancellationSignal());
      return withSource(deps, pinned, async (source) => {
        // Waits for as long as a table of the segment is locked.
        const bound = bindActivation(pinned.activation, await describeSegment(source, pinned.segment));
        return storeDiff({ deps, run, client, source, pinned, bound, rowsRead });
      });
    },
  );
}

/** A cancellation ends the connection, and with it whatever the source does. */
async function withSource<T>(
  { environment }: Dependencies,
  { source: definition }: ActivationParts,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  const source = await openSource(definition.name, sourceUrl(definition, environment));
  const onCancel = (): void => void source.end().catch(() => undefined);
  cancellationSignal().addEventListener('abort', onCancel);
  try {
    return await work(source);
  } finally {
    cancellationSignal().removeEventListener('abort', onCancel);
    await source.end().catch(() => undefined);
  }
}

interface DiffParts {
  deps: Dependencies;
  run: RunRef;
  client: pg.Client;
  source: Source;
  pinned: ActivationParts;
  bound: BoundActivation;
  rowsRead: RowsRead;
}

async function storeDiff({ deps, run, client, source, pinned, bound, rowsRead }: DiffParts): Promise<PublishedDiff> {
  const view = await openSnapshotView(deps.engine, run, 'earlier runs');
  try {
    const segment = await extractSegment(source, {
      sql: pinned.segment.sql,
      identifier: pinned.activation.identifier,
      fields: bound.fields,
    });
    const deferrals = await loadDeferrals(client, run);
    const store = await DiffStore.begin(client, run);
    const figures = await computeDiff(
      {
        segment: rowsRead.count(segment.rows),
        rowsRead: () => segment.rowsRead(),
        deferrals,
        snapshot: readEffective(view.parts(), bound.layout),
        rules: bound.rules,
        identifierFault,
        standingInvalidValues: view.standingInvalidValues(bound.layout),
        limits: { maxRows: pinned.destination.chunkSize, maxBytes: MAX_CHUNK_BYTES },
      },
      store,
    );
    return await store.publish({
      layout: bound.layout,
      lateSendSeen: view.lateSendSeen,
      acknowledgedBefore: view.hasAcknowledged,
      deferredIds: deferrals.deferredIds,
      figures,
    });
  } finally {
    await view.close();
  }
}
