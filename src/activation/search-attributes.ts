import type { RunState } from './run.js';

/** Names of the search attributes of a run's workflow. All are of type Keyword. */
export const searchAttributes = {
  activation: 'OutflowActivation',
  outcome: 'OutflowOutcome',
  state: 'OutflowState',
} as const;

/** What `OutflowState` says while a run is open; a closed one has none. `waiting`: by itself, for a destination. */
export type ShownState = Exclude<RunState, 'closing' | 'closed'> | 'waiting';
