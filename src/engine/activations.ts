import type { Knex } from 'knex';
import { OutflowError } from '../activation/errors.js';
import { nearestName } from '../activation/nearest-name.js';
import type { Engine } from './database.js';

/** An activation that was applied and not removed. */
export interface KnownActivation {
  activationId: number;
  name: string;
  /** Present while it is paused: no run starts, and the open one waits. */
  paused?: ActivationPause;
}

interface ActivationPause {
  since: Date;
  by: string;
  reason?: string;
}

export interface ActivationRow {
  activation_id: number;
  name: string;
  removed_at: Date | null;
  paused_at: Date | null;
  paused_by: string | null;
  pause_reason: string | null;
}

/** Throws `ActivationUnknown`, proposing the nearest name. */
export async function findActivation(db: Knex, name: string): Promise<KnownActivation> {
  const row = await db<ActivationRow>('outflow.activation').where({ name, removed_at: null }).first();
  if (!row) throw await activationUnknown(db, name);
  return asKnown(row);
}

/** All activations, by name. */
export async function listActivations(db: Knex): Promise<KnownActivation[]> {
  const rows = await db<ActivationRow>('outflow.activation').where({ removed_at: null }).orderBy('name');
  return rows.map(asKnown);
}

/**
 * Records that the activation is paused: `openRun` reads it. Of two pauses the first stands. Its open run and its
 * schedule are not touched here.
 */
export async function pauseActivation(engine: Engine, name: string, by: string, reason?: string): Promise<void> {
  const { activationId } = await findActivation(engine.db, name);
  await engine
    .db<ActivationRow>('outflow.activation')
    .where({ activation_id: activationId, paused_at: null })
    .update({ paused_at: engine.db.fn.now(), paused_by: by, pause_reason: reason ?? null });
}

/** Does nothing when the activation is not paused. */
export async function resumeActivation(engine: Engine, name: string): Promise<void> {
  const { activationId } = await findActivation(engine.db, name);
  await engine
    .db<ActivationRow>('outflow.activation')
    .where({ activation_id: activationId })
    .update({ paused_at: null, paused_by: null, pause_reason: null });
}

export async function activationUnknown(db: Knex, name: string): Promise<OutflowError> {
  const names = (await listActivations(db)).map((activation) => activation.name);
  return new OutflowError('ActivationUnknown', `There is no activation "${name}".`, proposal(name, names));
}

function proposal(name: string, names: string[]): string {
  if (names.length === 0) return 'None has been applied yet: write it in outflow.yaml, then `outflow apply`.';
  const nearest = nearestName(name, names);
  if (nearest !== undefined) return `Did you mean "${nearest}"?`;
  return 'Write it in outflow.yaml, then `outflow apply`; `outflow status` lists those that were applied.';
}

function asKnown(row: ActivationRow): KnownActivation {
  const { activation_id: activationId, name, paused_at: since, paused_by: by, pause_reason: reason } = row;
  if (since === null) return { activationId, name };
  return { activationId, name, paused: { since, by: by ?? '', ...(reason === null ? {} : { reason }) } };
}
