import { activationParts, type ActivationParts } from './activation-parts.js';
import type { Definitions } from './definitions.js';
import type { CulpritKind, ErrorCode } from './errors.js';

/** What has to be mended before runs can succeed again, by its name in the definitions. */
export interface Culprit {
  kind: CulpritKind;
  name: string;
}

/** What of an activation's definitions is at fault. */
export function culpritOf(parts: ActivationParts, kind: CulpritKind): Culprit {
  return { kind, name: parts[kind].name };
}

/** Names of the activations that stand on the culprit. */
export function activationsOn(definitions: Definitions, { kind, name }: Culprit): string[] {
  return Object.keys(definitions.activations).filter(
    (activation) => activationParts(definitions, activation)[kind].name === name,
  );
}

/** What is the matter, in a few words: `source "warehouse" cannot be reached`. `code`: of the failure. */
export function culpritText({ kind, name }: Culprit, code: ErrorCode): string {
  return `${kind} "${name}" ${complaints[code] ?? 'has to be mended'}`;
}

const complaints: Partial<Record<ErrorCode, string>> = {
  SegmentInvalid: 'does not fit its segment',
  SourceUnreachable: 'cannot be reached',
  SourceRejectedLogin: 'refuses the login',
  SourceRejectedQuery: 'is refused by its source',
  DestinationUnauthorized: 'refuses the access',
  DestinationUnavailable: 'does not answer',
};
