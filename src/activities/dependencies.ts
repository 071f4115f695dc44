import type { Client } from '@temporalio/client';
import type { Environment } from '../config/environment.js';
import type { Holder } from '../engine/claim/claim.js';
import type { EnginePosition } from '../activation/engine-position.js';
import type { ClaimedRun } from '../engine/claim/claimed-run.js';
import type { Engine } from '../engine/database/database.js';
import type { ChecksumUse } from '../snapshot/diff/plan-reading.js';
import type { RunLog } from './log-runs.js';
import type { KeptSources } from '../sources/kept-sources.js';
import type { KeptDestinations } from '../delivery/kept-destinations.js';

/** What the steps of a run work with. One for each worker process. */
export interface Dependencies {
  engine: Engine;
  /** The database's identity. */
  engineId: string;
  /** Where `${VAR}` references of the definitions find their values. */
  environment: Environment;
  /** Connections to sources; kept from run to run. */
  sources: KeptSources;
  /** The Temporal cluster and namespace that this worker serves. */
  temporal: { namespace: string; cluster: string };
  /** Of that namespace. */
  temporalClient: Client;
  /** Whether the workflow that holds a claim still runs; true when that is unclear. */
  isHolderAlive: (holder: Holder) => Promise<boolean>;
  /** For the lines of a snapshot in an unordered diff, bytes; 0: every segment is read in order. */
  diffMemoryBytes: number;
  /** Whether sources are asked for checksums. */
  checksumUse: ChecksumUse;
  /** Whether the search attributes are registered. */
  searchAttributes: boolean;
  /** The worker's log. */
  log: RunLog;
  /** Connections to destinations; kept from run to run. */
  destinations: KeptDestinations;
  /** What Temporal was told of the engine's database, if it remembers. */
  toldPosition: () => Promise<EnginePosition | undefined>;
  /** To be awaited before a request of the run leaves: from then on a database that lacks it is noticed. */
  beginSending: (run: ClaimedRun) => Promise<void>;
}
