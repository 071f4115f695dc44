import { OutflowError } from './errors.js';
import type { RunMode } from './run.js';

/** The input of a run's workflow, as it may be typed into the Temporal UI. */
export interface RunRequest {
  activation: string;
  mode?: RunMode;
  /** Set by Outflow: by its CLI, or by the recovery of what had paused the activation. */
  trigger?: 'cli' | 'recovery';
}

const KEYS = ['activation', 'mode', 'trigger'];

/** Checks the input of a run. Throws InputInvalid, which says what to type. */
export function parseRunRequest(input: unknown): RunRequest {
  if (input === undefined || input === null) throw invalid('A run needs an input that names its activation.');
  if (typeof input !== 'object' || Array.isArray(input)) throw invalid('The input of a run is one JSON object.');
  const unknownKey = Object.keys(input).find((key) => !KEYS.includes(key));
  if (unknownKey !== undefined) throw invalid(`The input of a run has no key "${unknownKey.slice(0, 60)}".`);
  const { activation, mode, trigger } = input as Record<string, unknown>;
  if (typeof activation !== 'string' || activation === '') {
    throw invalid('The input of a run names its activation by a text.');
  }
  if (mode !== undefined && mode !== 'delta' && mode !== 'full') {
    throw invalid('The mode of a run is "delta" or "full".');
  }
  if (trigger !== undefined && trigger !== 'cli' && trigger !== 'recovery')
    throw invalid('The trigger of a run is set by Outflow.');
  return { activation, ...(mode && { mode }), ...(trigger && { trigger }) };
}

function invalid(message: string): OutflowError {
  return new OutflowError(
    'InputInvalid',
    message,
    'Start the workflow with {"activation": "NAME"}, or {"activation": "NAME", "mode": "full"} to send everything again.',
  );
}
