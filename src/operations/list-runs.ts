import type { RunResult } from '../activation/run.js';
import { listRuns as list } from '../engine/runs/runs.js';
import type { OperationContext } from './context.js';

/** The newest runs first; also of an activation that was removed. Throws ActivationUnknown for a name that never was one. */
export function listRuns(
  { engine }: Pick<OperationContext, 'engine'>,
  options: { activation?: string; limit: number },
): Promise<RunResult[]> {
  return list(engine, options);
}
