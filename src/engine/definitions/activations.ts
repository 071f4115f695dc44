import type { ActivationRow } from './activation-row.js';
import type { Knex } from 'knex';
import { OutflowError } from '../../activation/errors.js';
import { nearestName } from '../../activation/nearest-name.js';
import { takeAdvisoryLock } from '../database/advisory-lock.js';
import type { Engine } from '../database/database.js';
import { leaveIncident, type LeftIncident } from '../incidents/leave-incident.js';

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

/** Its pause at present; undefined while it is not paused, also when it was removed. */
export async function pauseOf(
  db: Knex,
  name: string,
): Promise<(ActivationPause & { isAutomatic: boolean }) | undefined> {
  const row = await db<ActivationRow>('outflow.activation').where({ name, removed_at: null }).first();
  const paused = row && asKnown(row).paused;
  return paused && { ...paused, isAutomatic: row.paused_by_incident !== null };
}

/**
 * Records that the activation is paused: `openRun` reads it. Of two pauses the first stands, but that of a person takes the
 * place of an automatic one, so that the activation is not resumed automatically. Its open run and its schedule are not
 * touched here. Returns the incident that had paused it.
 */
export async function pauseActivation(
  engine: Engine,
  name: string,
  by: string,
  reason?: string,
): Promise<LeftIncident | undefined> {
  return engine.db.transaction(async (trx) => {
    // No automatic pause comes in between: it would take this one's place, or be left standing.
    await takeAdvisoryLock(trx, 'apply');
    const { activationId } = await findActivation(trx, name);
    const left = await leaveIncident(trx, activationId, 'obsolete');
    await trx<ActivationRow>('outflow.activation')
      .where({ activation_id: activationId, paused_at: null })
      .update({ paused_at: trx.fn.now(), paused_by: by, pause_reason: reason ?? null, to_catch_up_after: null });
    return left;
  });
}

/**
 * Ends the pause of the activation, also an automatic one; does nothing when it is not paused. Returns the incident that
 * had paused it.
 */
export async function resumeActivation(engine: Engine, name: string): Promise<LeftIncident | undefined> {
  return engine.db.transaction(async (trx) => {
    // As for a pause.
    await takeAdvisoryLock(trx, 'apply');
    const { activationId } = await findActivation(trx, name);
    const left = await leaveIncident(trx, activationId, 'resume');
    await trx<ActivationRow>('outflow.activation')
      .where({ activation_id: activationId })
      .update({ paused_at: null, paused_by: null, pause_reason: null });
    return left;
  });
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
