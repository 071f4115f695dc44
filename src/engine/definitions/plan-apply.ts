import { isDeepStrictEqual } from 'node:util';
import { activationParts } from '../../activation/activation-parts.js';
import type { Definitions } from '../../activation/definitions.js';
import { OutflowError } from '../../activation/errors.js';
import { type ApplyCost, compareActivation } from './compare-activation.js';
import { withUnknown } from './unknown-cost.js';

/** What stands in the engine's database before an apply. */
export interface Applied {
  /** null before the first apply. */
  version: number | null;
  definitions: Definitions;
  activations: AppliedActivation[];
}

export interface AppliedActivation {
  name: string;
  isRemoved: boolean;
  /** Contacts that its last run found in the segment. */
  contacts: number;
  /** The newest definitions in which it stands. */
  definitions: Definitions;
}

export interface ApplyPlan {
  basedOnVersion: number | null;
  /** Whether a new version is stored: true also when something changed that no activation uses. */
  storesVersion: boolean;
  /** By name. Activations that stay as they are do not appear. */
  changes: ActivationChange[];
}

/** One activation's change, and what the next run costs by it. */
export type ActivationChange =
  | { kind: 'added'; name: string; cost: ApplyCost }
  /** It was removed before; its snapshot is used again. `what` says how it differs from then. */
  | { kind: 'revived'; name: string; what: string[]; cost: ApplyCost }
  | { kind: 'renamed'; name: string; previousName: string; what: string[]; cost: ApplyCost }
  | { kind: 'changed'; name: string; what: string[]; cost: ApplyCost }
  | { kind: 'removed'; name: string };

/** Throws `ConfigInvalid` when a `previousName` cannot be followed. */
export function planApply(applied: Applied, next: Definitions): ApplyPlan {
  const renames = planRenames(applied, next);
  const changes = [
    ...Object.keys(next.activations).map((name) => planActivation(applied, next, name, renames.get(name))),
    ...planRemovals(applied, next, renames),
  ].filter((change) => change !== undefined);
  return {
    basedOnVersion: applied.version,
    storesVersion: applied.version === null || !isDeepStrictEqual(applied.definitions, plain(next)),
    changes: changes.sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function planActivation(
  applied: Applied,
  next: Definitions,
  name: string,
  previousName: string | undefined,
): ActivationChange | undefined {
  const before = applied.activations.find((activation) => activation.name === (previousName ?? name));
  if (!before) return { kind: 'added', name, cost: { kind: 'everything', contacts: null, because: 'first run' } };
  const { what, cost: known } = compareActivation(
    { definitions: before.definitions, name: before.name },
    { definitions: next, name },
    before.contacts,
  );
  const cost = withUnknown(known, activationParts(before.definitions, before.name), activationParts(next, name));
  if (previousName !== undefined) return { kind: 'renamed', name, previousName, what, cost };
  if (before.isRemoved) return { kind: 'revived', name, what, cost };
  return what.length > 0 ? { kind: 'changed', name, what, cost } : undefined;
}

function planRemovals(applied: Applied, next: Definitions, renames: Map<string, string>): ActivationChange[] {
  const moved = new Set(renames.values());
  return applied.activations
    .filter(({ name, isRemoved }) => !isRemoved && !(name in next.activations) && !moved.has(name))
    .map(({ name }) => ({ kind: 'removed', name }));
}

/** New name to previous name, of those renames that are not done yet. */
function planRenames(applied: Applied, next: Definitions): Map<string, string> {
  const byName = new Map(applied.activations.map((activation) => [activation.name, activation]));
  const renames = new Map<string, string>();
  for (const { name, previousName } of Object.values(next.activations)) {
    if (previousName === undefined) continue;
    if (previousName in next.activations) {
      throw invalidRename(
        name,
        previousName,
        `"${previousName}" is still defined`,
        `Remove previousName, or the activation "${previousName}".`,
      );
    }
    const old = byName.get(previousName);
    if (!old || old.isRemoved) continue;
    const standing = byName.get(name);
    if (standing) {
      throw invalidRename(
        name,
        previousName,
        standing.isRemoved ? `an activation "${name}" existed before, and keeps its history` : 'both are applied',
        standing.isRemoved
          ? 'Choose another name.'
          : `Remove previousName: "${previousName}" is then removed, and "${name}" goes on.`,
      );
    }
    const rival = [...renames].find(([, taken]) => taken === previousName);
    if (rival) {
      throw invalidRename(
        name,
        previousName,
        `"${rival[0]}" says the same`,
        'Keep previousName at one of them: the other starts anew.',
      );
    }
    renames.set(name, previousName);
  }
  return renames;
}

function invalidRename(name: string, previousName: string, rule: string, remedy: string): OutflowError {
  return new OutflowError(
    'ConfigInvalid',
    `Activation "${name}" cannot take the place of "${previousName}", its previousName: ${rule}.`,
    remedy,
  );
}

/** As it comes back from the database: without keys whose value is undefined. */
function plain(definitions: Definitions): unknown {
  return JSON.parse(JSON.stringify(definitions)) as unknown;
}
