import { isDeepStrictEqual } from 'node:util';
import type { ActivationParts } from '../../activation/activation-parts.js';
import type { ApplyCost } from './compare-activation.js';

/** The cost of a change together with what only a run finds out, because the segment or a field gives other values now. */
export function withUnknown(cost: ApplyCost, was: ActivationParts, is: ActivationParts): ApplyCost {
  const because = whatGivesOtherRows(was, is);
  if (because === undefined) return cost;
  if (cost.kind === 'nothing') return { kind: 'unknown', because };
  return cost.kind === 'attributes' ? { ...cost, unknown: because } : cost;
}

/** undefined when the segment's rows and the attributes' fields are what they were. */
function whatGivesOtherRows(was: ActivationParts, is: ActivationParts): string | undefined {
  if (was.segment.sql !== is.segment.sql) return 'the query';
  if (was.segment.name !== is.segment.name) return 'the other segment';
  if (was.source.name !== is.source.name) return 'the other source';
  if (!isDeepStrictEqual(was.source.settings, is.source.settings)) return 'the source';
  const fields = new Map(was.activation.attributes.map(({ attribute, field }) => [attribute, field]));
  const isMoved = is.activation.attributes.some(
    ({ attribute, field }) => fields.has(attribute) && fields.get(attribute) !== field,
  );
  return isMoved ? 'the other field' : undefined;
}
