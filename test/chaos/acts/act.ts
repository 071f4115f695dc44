import type { Findings } from '../check.js';
import type { Contacts } from '../contacts.js';
import type { Ground } from '../ground.js';
import type { Random } from '../random.js';
import type { Runs } from '../runs.js';

/** What acts act upon. */
export interface Scene {
  ground: Ground;
  contacts: Contacts;
  runs: Runs;
  /** What was wrong whenever everything was calm. */
  found: Findings;
}

/** One fault, or a few that belong together. All of it but the moment follows from the seed. */
export interface Act {
  kind: string;
  parameters: Record<string, string | number | boolean>;
  /** About how long it takes. */
  seconds: number;
  /** Leaves everything running again. False when the situation that it was aimed at did not come about. */
  perform(scene: Scene): Promise<boolean>;
}

export type MakeAct = (random: Random) => Act;

/** Contacts that change around one act. */
export const cohortSize = 24;
