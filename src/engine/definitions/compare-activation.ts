import { isDeepStrictEqual } from 'node:util';
import { activationParts } from '../../activation/activation-parts.js';
import type { AttributeMapping, DestinationDefinition, Definitions } from '../../activation/definitions.js';
import { openDestination } from '../../destinations/registry.js';

/** What the next run sends because of the definitions alone, whatever the source says. */
export type ApplyCost =
  | { kind: 'nothing' }
  /** What differs in the rows that `because` gives now: only a run finds out how much that is. */
  | { kind: 'unknown'; because: string }
  /** These attributes, for all contacts; with `unknown` also what differs in the rows that it gives now. */
  | { kind: 'attributes'; attributes: string[]; contacts: number; unknown?: string }
  /** All attributes of all contacts; `contacts` is null when nobody has counted them yet. */
  | { kind: 'everything'; contacts: number | null; because: string };

/** An activation among the definitions that it was, or is, part of. */
interface Placed {
  definitions: Definitions;
  name: string;
}

/**
 * Says in words how an activation, its segment, source and destination changed, and what that costs. Values are sent
 * again when they were known of another contact, destination or rendering; a change of query or field alone sends only what
 * differs.
 */
export function compareActivation(
  before: Placed,
  after: Placed,
  contacts: number,
): { what: string[]; cost: ApplyCost } {
  const was = activationParts(before.definitions, before.name);
  const is = activationParts(after.definitions, after.name);
  const { attributes, what: mapping } = compareMapping(was.activation.attributes, is.activation.attributes);
  const targets = { was: targetsOf(was.destination), is: targetsOf(is.destination) };
  const newTargets = Object.keys(targets.is).filter((name) => !(name in targets.was));
  const what = [
    ...differing('identifier', was.activation.identifier, is.activation.identifier),
    ...differing('segment', was.segment.name, is.segment.name),
    ...differing('SQL of the segment', was.segment.sql, is.segment.sql, 'changed'),
    ...differing('source', was.source.name, is.source.name),
    ...differing('connection of the source', was.source.settings, is.source.settings, 'changed'),
    ...mapping,
    ...differing('destination', was.destination.name, is.destination.name),
    ...differing('settings of the destination', was.destination.settings, is.destination.settings, 'changed'),
    ...differing('schedule', was.activation.schedule, is.activation.schedule, 'changed'),
    ...differing('resync', was.activation.resyncEveryMs, is.activation.resyncEveryMs, 'changed'),
    ...differing('sharedAttributes', was.activation.sharedAttributes, is.activation.sharedAttributes),
    ...differing('guards', was.activation.guards, is.activation.guards, 'changed'),
    ...differing('retryRejected', was.activation.retryRejectedAfterMs, is.activation.retryRejectedAfterMs, 'changed'),
    ...differing('alerts', was.activation.alerts, is.activation.alerts, 'changed'),
  ];
  const everything = (because: string) => ({ what, cost: { kind: 'everything', contacts, because } as const });
  if (was.activation.identifier !== is.activation.identifier) return everything('another identifier');
  if (was.destination.name !== is.destination.name) return everything('another destination');
  if (newTargets.length > 0) return everything(`a new target: ${newTargets.join(', ')}`);
  if (attributes.length > 0) return { what, cost: { kind: 'attributes', attributes, contacts } };
  return { what, cost: { kind: 'nothing' } };
}

function compareMapping(before: AttributeMapping[], after: AttributeMapping[]) {
  const was = new Map(before.map((mapping) => [mapping.attribute, mapping]));
  const is = new Map(after.map((mapping) => [mapping.attribute, mapping]));
  const attributes: string[] = [];
  const what: string[] = [];
  for (const [attribute, mapping] of is) {
    const old = was.get(attribute);
    if (!old) what.push(`attribute ${attribute}: added`);
    else if (!isDeepStrictEqual(rendering(old), rendering(mapping)))
      what.push(`attribute ${attribute}: type or policy`);
    else {
      what.push(...differing(`field of attribute ${attribute}`, old.field, mapping.field));
      continue;
    }
    attributes.push(attribute);
  }
  for (const attribute of was.keys()) if (!is.has(attribute)) what.push(`attribute ${attribute}: removed`);
  return { attributes, what };
}

function rendering({ type, onTooLong, onNotFinite, onNull }: AttributeMapping) {
  return { type, onTooLong, onNotFinite, onNull };
}

/** Where the contacts of each are. */
function targetsOf(destination: DestinationDefinition) {
  return Object.fromEntries(openDestination(destination).targets.map(({ name, identity }) => [name, identity]));
}

function differing(subject: string, before: unknown, after: unknown, how?: string): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  return [how === undefined ? `${subject}: ${String(before)} → ${String(after)}` : `${subject}: ${how}`];
}
