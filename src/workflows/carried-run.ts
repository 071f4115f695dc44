import { workflowInfo } from '@temporalio/workflow';
import type { OpenRunResult } from '../activation/steps.js';
import type { RunView } from './run-view.js';

/** A run that holds its claim. */
export type OpenedRun = Extract<OpenRunResult, { kind: 'opened' }>;

/** A run between two histories: what continue-as-new hands on. */
export interface CarriedRun {
  opened: OpenedRun;
  view: RunView;
}

const key = 'outflow:carriedRun';

/** The input of the next history. */
export function carryRun(carried: CarriedRun): Record<string, CarriedRun> {
  return { [key]: carried };
}

/**
 * The run that an earlier history handed on; undefined at the start of a run. Whatever a person types is no carried run:
 * it counts only in a workflow that continues another one.
 */
export function carriedRun(input: unknown): CarriedRun | undefined {
  if (workflowInfo().continuedFromExecutionRunId === undefined) return undefined;
  return (input as Record<string, CarriedRun | undefined> | null | undefined)?.[key];
}
