import type { ApplicationFailure } from '@temporalio/workflow';
import type { Culprit } from '../activation/culprit.js';
import { errorReport } from '../activation/errors.js';
import type { IncidentRef } from '../activation/steps.js';
import { runFailure } from './end-run.js';

/** What the workflow `recovery` is started with, and what it continues as new with. */
export interface RecoveryInput extends IncidentRef {
  culprit: Culprit;
  /** Absent at its start. */
  carried?: {
    /** ISO 8601, UTC. */
    since: string;
    probes: number;
  };
}

/** The input as it was given, by Outflow or by a person. Throws InputInvalid as the workflow's failure. */
export function recoveryInput(given: unknown): RecoveryInput {
  const { engine, incidentId, culprit } = (given ?? {}) as Partial<RecoveryInput>;
  const isOfEngine = isText(engine) && typeof incidentId === 'number';
  const isWhole = isOfEngine && culprit && isText(culprit.kind) && isText(culprit.name);
  if (!isWhole) throw unusable();
  return given as RecoveryInput;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function unusable(): ApplicationFailure {
  return runFailure(
    errorReport(
      'InputInvalid',
      'The input of a recovery is the engine and an incident such as {"engine": "6f1c...", "incidentId": 3, "culprit": {"kind": "source", "name": "warehouse"}}.',
      'Outflow starts a recovery by itself when a run meets something that has to be mended; `outflow status` shows which.',
    ),
  );
}
