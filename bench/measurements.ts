import type { Lab } from './lab.js';
import type { Row } from './row.js';
import { measureBodies } from './rows/bodies.js';
import { measureChangedRuns } from './rows/changed.js';
import { measureFirstRuns } from './rows/first.js';
import { measureFleet } from './rows/fleet.js';
import { measureGrowth } from './rows/growth.js';
import { measureInvalidValues } from './rows/invalid.js';
import { measurePacedSending } from './rows/paced.js';
import { measurePeers } from './rows/peers.js';
import { measureSending } from './rows/sent.js';
import { measureSharedSending } from './rows/shared.js';
import { measureSmallRuns } from './rows/small.js';
import { measureUnchangedRuns } from './rows/unchanged.js';

export interface Measurement {
  measure(lab: Lab): Promise<Row[]>;
  /** `large` and `peers`: when asked for. */
  when: 'always' | 'unless short' | 'large' | 'peers';
}

/**
 * In the order in which they are made: first runs leave the snapshot that others stand on, changes of the warehouse come
 * after the unchanged runs over it, what leaves much behind in the servers comes after those, and five hundred activations
 * are in nobody's way at the end.
 */
export const measurements: Record<string, Measurement> = {
  bodies: { measure: measureBodies, when: 'always' },
  first: { measure: measureFirstRuns, when: 'always' },
  unchanged: { measure: measureUnchangedRuns, when: 'always' },
  sent: { measure: measureSending, when: 'always' },
  paced: { measure: measurePacedSending, when: 'unless short' },
  shared: { measure: measureSharedSending, when: 'unless short' },
  invalid: { measure: measureInvalidValues, when: 'always' },
  small: { measure: measureSmallRuns, when: 'always' },
  changed: { measure: measureChangedRuns, when: 'always' },
  growth: { measure: measureGrowth, when: 'large' },
  peers: { measure: measurePeers, when: 'peers' },
  fleet: { measure: measureFleet, when: 'unless short' },
};
