import type { Client } from '@temporalio/client';
import type { Definitions } from '../../activation/definitions.js';
import { readEnvironment } from '../../config/environment.js';
import { loadDefinitions } from '../../config/load-definitions.js';
import { listActivations } from '../../engine/definitions/activations.js';
import { applyDefinitions, readApplied } from '../../engine/definitions/apply.js';
import { engineId, type Engine } from '../../engine/database/database.js';
import { planApply, type Applied } from '../../engine/definitions/plan-apply.js';
import { wakeRecoveries } from '../../operations/incidents/wake-recoveries.js';
import { planSchedules, reconcileSchedules, type WantedSchedules } from '../../temporal/schedules.js';
import { registerSearchAttributes } from '../../temporal/search-attributes.js';
import { planText } from '../text/plan-text.js';
import { confirm } from '../confirm.js';
import { print, printJson, say } from '../../terminal/output.js';
import { withSession } from '../../operations/session.js';

interface ApplyOptions {
  file: string;
  yes: boolean;
  json: boolean;
}

/**
 * `outflow apply`: the definitions first, then the schedules that follow from them; interrupted between the two, the next
 * apply does the rest. Exit code 0 also when the answer is no.
 */
export async function applyCommand({ file, yes, json }: ApplyOptions): Promise<number> {
  const { definitions } = await loadDefinitions(file, await readEnvironment(file, process.env));
  return withSession(file, async ({ engine, temporal }) => {
    const client = await temporal();
    const applied = await readApplied(engine.db);
    const plan = planApply(applied, definitions);
    const schedules = await planSchedules(client, await wantedSchedules(engine, client, definitions, applied));
    const changes = { activations: plan.changes, schedules };

    if (!plan.storesVersion && plan.changes.length === 0 && schedules.length === 0) {
      if (json) printJson({ changed: false, version: applied.version, ...changes });
      else print('Nothing to change.');
      return 0;
    }
    say(planText(plan, schedules, definitions));
    if (!yes && !(await confirm('Apply this?'))) {
      say('Nothing was changed.');
      return 0;
    }
    const version = await applyDefinitions(engine, definitions, plan);
    await reconcileSchedules(client, await wantedSchedules(engine, client, definitions, applied));
    // Definitions that were mended count at once.
    await wakeRecoveries({ engine, temporalClient: client });
    if (json) printJson({ changed: true, version, ...changes });
    else print(`Applied: version ${version}.`);
    return 0;
  });
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
