import type { Client } from '@temporalio/client';
import type { Actor } from '../activation/actor.js';
import type { Engine } from '../engine/database/database.js';

/** What use cases work with. */
export interface OperationContext {
  /** Of this version's schema. */
  engine: Engine;
  /** Connects when it is first asked for. Rejects with TemporalUnreachable. */
  temporal: () => Promise<Client>;
  /** Who asks. */
  actor: Actor;
}
