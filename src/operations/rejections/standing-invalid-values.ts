import type { AttributeMapping } from '../../activation/definitions.js';
import { OutflowError } from '../../activation/errors.js';
import type { Column } from '../../activation/layout.js';
import type { AttributeRule } from '../../activation/rendering.js';
import type { Destination } from '../../destinations/destination.js';
import { openDestination } from '../../destinations/registry.js';
import type { Engine } from '../../engine/database/database.js';
import { newestDefinitions } from '../../engine/definitions/definitions.js';
import { lastLayout } from '../../engine/runs/last-layout.js';
import { listInvalidValues, type InvalidValue } from '../../snapshot/store/invalid-values.js';

/**
 * The invalid values that stand in the snapshot of an activation. Attributes whose mapping was changed by an `apply` since
 * the last run are left out: the next run decides about them anew.
 */
export async function* standingInvalidValues(
  engine: Engine,
  { activation, activationId }: { activation: string; activationId: number },
): AsyncGenerator<InvalidValue> {
  const layout = await lastLayout(engine.db, activationId);
  const applied = await newestDefinitions(engine.db);
  if (!layout || !applied) return;
  const columns: Column[] = [];
  const rules: AttributeRule[] = [];
  const { attributes, destination } = applied.definitions.activations[activation]!;
  const opened = openDestination(applied.definitions.destinations[destination]!);
  for (const mapping of attributes) {
    const column = layout.columns.find(({ attribute }) => attribute === mapping.attribute);
    const rule = column && ruleOf(opened, mapping, column);
    if (!rule) continue;
    columns.push(column);
    rules.push(rule);
  }
  yield* listInvalidValues(engine, activationId, { identifier: layout.identifier, columns }, rules);
}

/** undefined when the column was rendered in another way. */
function ruleOf({ attributes }: Destination, mapping: AttributeMapping, column: Column): AttributeRule | undefined {
  try {
    const rule = attributes.rule(mapping, column);
    return rule.rendering === column.rendering ? rule : undefined;
  } catch (error) {
    if (error instanceof OutflowError) return undefined; // another type of the column is meant
    throw error;
  }
}
