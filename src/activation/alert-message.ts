import type { AlertCondition } from './alerts.js';
import type { CulpritKind, ErrorReport } from './errors.js';
import type { RunCounts, RunHold, RunOutcome } from './run.js';

/** A change of one condition of one activation: the body of a webhook, and what other channels are told in words. */
export interface AlertMessage {
  /** The same for every channel and every repeat. */
  id: string;
  event: 'raised' | 'recovered';
  condition: AlertCondition;
  activation: string;
  /** Since when the condition held. ISO 8601, UTC. */
  since: string;
  /** When it was raised or had recovered. ISO 8601, UTC. */
  at: string;
  /** One line for people. */
  summary: string;
  /** The run that raised it or ended it; absent where no run did. */
  run?: AlertRun;
  /** What an automatic pause waits for. */
  incident?: AlertIncident;
}

export interface AlertRun {
  runId: number;
  /** null while the run is open. */
  outcome: RunOutcome | null;
  counts: RunCounts;
  error?: ErrorReport;
  hold?: RunHold;
}

export interface AlertIncident {
  kind: CulpritKind;
  name: string;
  error: ErrorReport;
}
