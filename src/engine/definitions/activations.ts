import type { ActivationRow } from './activation-row.js';
import type { Knex } from 'knex';
import { type Actor, outflowItself } from '../../activation/actor.js';
import { OutflowError } from '../../activation/errors.js';
import { nearestName } from '../../activation/nearest-name.js';
import { recordAction } from '../audit/audit.js';
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

/** What a pause has changed. */
export interface RecordedPause {
  /** The incident that had paused it, of which it is no longer a part. */
  left?: LeftIncident;
  /** `reason`: it was paused before, and stands with the new reason; `nothing`: it stands as it did. */
  changed: 'paused' | 'reason' | 'nothing';
}

/**
 * Records that the activation is paused: `openRun` reads it. Of two pauses the first stands, with the reason that was given
 * last; but that of a person takes the place of an automatic one, so that the activation is not resumed automatically. Its
 * open run and its schedule are not touched here.
 */
export async function pauseActivation(
  engine: Engine,
  name: string,
  actor: Actor,
  reason?: string,
): Promise<RecordedPause> {
  return engine.db.transaction(async (trx) => {
    // No automatic pause comes in between: it would take this one's place, or be left standing.
    await takeAdvisoryLock(trx, 'apply');
    const { activationId } = await findActivation(trx, name);
    const left = await leaveIncident(trx, activationId, 'obsolete', actor);
    const { paused } = await findActivation(trx, name);
    const isNewReason = paused !== undefined && reason !== undefined && paused.reason !== reason;
    if (!paused || isNewReason) {
      await trx<ActivationRow>('outflow.activation')
        .where({ activation_id: activationId })
        .update({
          pause_reason: reason ?? null,
          ...(paused ? {} : { paused_at: trx.fn.now(), paused_by: actor.who, to_catch_up_after: null }),
        });
      await recordAction(trx, actor, 'pause', [activationId], { reason });
    }
    return { ...(left && { left }), changed: !paused ? 'paused' : isNewReason ? 'reason' : 'nothing' };
  });
}

/**
 * Ends the pause of the activation, also an automatic one; does nothing when it is not paused. Returns the incident that
 * had paused it.
 */
export async function resumeActivation(
  engine: Engine,
  name: string,
  actor: Actor = outflowItself,
): Promise<LeftIncident | undefined> {
  return engine.db.transaction(async (trx) => {
    // As for a pause.
    await takeAdvisoryLock(trx, 'apply');
    const { activationId, paused } = await findActivation(trx, name);
    const left = await leaveIncident(trx, activationId, 'resume', actor);
    await trx<ActivationRow>('outflow.activation')
      .where({ activation_id: activationId })
      .update({ paused_at: null, paused_by: null, pause_reason: null });
    if (paused) await recordAction(trx, actor, 'resume', [activationId]);
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
