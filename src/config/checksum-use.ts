import { OutflowError } from '../activation/errors.js';
import type { Environment } from './environment.js';

const VARIABLE = 'OUTFLOW_CHECKSUM';
const USES = ['auto', 'never', 'always'] as const;

/**
 * Whether sources are asked for a checksum before a segment is read: OUTFLOW_CHECKSUM, `auto` where it is not set. Throws
 * ConfigInvalid.
 */
export function checksumUse({ values }: Environment): (typeof USES)[number] {
  const text = values.get(VARIABLE) ?? 'auto';
  const use = USES.find((each) => each === text);
  if (use !== undefined) return use;
  throw new OutflowError(
    'ConfigInvalid',
    `${VARIABLE} must be one of ${USES.join(', ')}.`,
    'Leave it out to let each run decide by what earlier runs have shown.',
  );
}
