import type { Client } from '@temporalio/client';
import type { Definitions } from '../activation/definitions.js';
import { engineId, type Engine } from '../engine/database/database.js';
import { listActivations } from '../engine/definitions/activations.js';
import { applyDefinitions as applyInEngine, readApplied } from '../engine/definitions/apply.js';
import { type ApplyPlan, type Applied, planApply } from '../engine/definitions/plan-apply.js';
import { planSchedules, reconcileSchedules, type ScheduleChange, type WantedSchedules } from '../temporal/schedules.js';
import { registerSearchAttributes } from '../temporal/search-attributes.js';
import type { OperationContext } from './context.js';
import { wakeRecoveries } from './incidents/wake-recoveries.js';

/** What would change, and what it is planned from. */
export interface PlannedApply {
  applied: Applied;
  plan: ApplyPlan;
  schedules: ScheduleChange[];
  /** Whether an apply changes anything. */
  changes: boolean;
}

/** Says what an apply of these definitions would change; changes nothing. Throws ConfigInvalid where it cannot be applied. */
export async function planDefinitions(context: OperationContext, definitions: Definitions): Promise<PlannedApply> {
  const client = await context.temporal();
  const applied = await readApplied(context.engine.db);
  const plan = planApply(applied, definitions);
  const schedules = await planSchedules(client, await wantedSchedules(context.engine, client, definitions, applied));
  return {
    applied,
    plan,
    schedules,
    changes: plan.storesVersion || plan.changes.length > 0 || schedules.length > 0,
  };
}

/**
 * Does what was planned: the definitions first, then the schedules that follow from them; interrupted between the two, the
 * next apply does the rest. Incidents are probed at once, because definitions that were mended count at once. Returns the
 * version that new runs use. Throws ConfigInvalid when something else was applied since the plan was made.
 */
export async function applyDefinitions(
  { engine, temporal, actor }: OperationContext,
  definitions: Definitions,
  { applied, plan }: PlannedApply,
): Promise<{ version: number }> {
  const client = await temporal();
  const version = await applyInEngine(engine, definitions, plan, actor);
  await reconcileSchedules(client, await wantedSchedules(engine, client, definitions, applied));
  await wakeRecoveries({ engine, engineId: await engineId(engine), temporalClient: client });
  return { version };
}

async function wantedSchedules(
  engine: Engine,
  client: Client,
  definitions: Definitions,
  before: Applied,
): Promise<WantedSchedules> {
  const activations = await listActivations(engine.db);
  const { available } = await registerSearchAttributes(client.connection, client.options.namespace);
  return {
    engineId: await engineId(engine),
    definitions,
    paused: new Set(activations.filter(({ paused }) => paused).map(({ name }) => name)),
    formerNames: before.activations.map(({ name }) => name),
    searchAttributes: available,
  };
}
