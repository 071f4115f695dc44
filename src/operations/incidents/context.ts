import type { Client } from '@temporalio/client';
import type { Engine } from '../../engine/database/database.js';

/** What the steps of a recovery work with, in a worker and in a command. */
export interface RecoveryContext {
  engine: Engine;
  /** The database's identity. */
  engineId: string;
  temporalClient: Client;
}
