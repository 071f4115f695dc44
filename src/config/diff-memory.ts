import { OutflowError } from '../activation/errors.js';
import type { Environment } from './environment.js';

const variable = 'OUTFLOW_DIFF_MEMORY';
/** Enough for the lines of about 6 million contacts. */
const defaultMb = 64;
const mostMb = 100_000;

/**
 * What the set of a snapshot's lines may take in one diff, bytes: OUTFLOW_DIFF_MEMORY in MB, 64 where it is not set. 0: no
 * segment is read without a sort. Throws ConfigInvalid.
 */
export function diffMemoryBytes({ values }: Environment): number {
  const text = values.get(variable);
  if (text === undefined) return defaultMb << 20;
  if (!/^\d{1,6}$/.test(text) || Number(text) > mostMb) {
    throw new OutflowError(
      'ConfigInvalid',
      `${variable} must be a whole number of megabytes from 0 to ${mostMb}.`,
      `Leave it out for ${defaultMb}; 0 reads every segment in the order of its identifiers.`,
    );
  }
  return Number(text) * (1 << 20);
}
