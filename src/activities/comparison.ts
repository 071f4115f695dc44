import type pg from 'pg';
import type { ActivationParts } from '../activation/activation-parts.js';
import type { BoundActivation } from '../destinations/bind-activation.js';
import type { ClaimedRun } from '../engine/claim/claimed-run.js';
import type { Deferrals } from '../snapshot/diff/deferrals.js';
import type { Snapshot } from '../snapshot/store/snapshot.js';
import type { Extract, SourceSession } from '../sources/source.js';
import type { Dependencies } from './dependencies.js';
import type { RowsRead } from './rows-read.js';

/** What a segment is compared with, and how it is read. */
export interface Comparison {
  deps: Dependencies;
  run: ClaimedRun;
  /** Connection to the engine's database. */
  client: pg.ClientBase;
  /** Nothing was read from it yet. */
  source: SourceSession;
  pinned: ActivationParts;
  bound: BoundActivation;
  rowsRead: RowsRead;
  view: Snapshot;
  deferrals: Deferrals;
}

/** What is read of the segment. */
export function extractOf({ pinned, bound }: Pick<Comparison, 'pinned' | 'bound'>): Extract {
  return { sql: pinned.segment.sql, identifier: pinned.activation.identifier, fields: bound.fields };
}
