import type { ActivationDefinition } from '../../activation/definitions.js';
import { errorReport, OutflowError, type ErrorCode } from '../../activation/errors.js';
import { ConfigError, type Fault } from '../../config/faults.js';
import type { CheckFault, Findings } from './report.js';

/** A failure that the check expects, as a fault; any other is thrown on. */
export function faultOf(error: unknown): Findings {
  if (error instanceof ConfigError) {
    return { faults: error.faults.map((fault) => faultInFile('ConfigInvalid', fault)) };
  }
  if (error instanceof OutflowError) return { faults: [error.report()] };
  throw error;
}

/** Findings of what these activations stand on. */
export function concerning(activations: readonly ActivationDefinition[], found: Findings): Findings {
  return found.faults?.length ? { ...found, faulty: activations.map(({ name }) => name) } : found;
}

export function faultInFile(code: ErrorCode, { message, path, remedy, ...place }: Fault): CheckFault {
  return { ...errorReport(code, `${path === '' ? 'The file' : path} ${message}.`, remedy), ...place, path };
}

/** All of them; of equal faults, such as those of one source met by several of its segments, the first. */
export function merged(found: Findings[]): Required<Findings> {
  const faults = found.flatMap((each) => each.faults ?? []);
  return {
    faults: faults.filter((fault, i) => faults.findIndex((other) => isSame(other, fault)) === i),
    warnings: found.flatMap((each) => each.warnings ?? []),
    activations: found.flatMap((each) => each.activations ?? []),
    recovered: found.flatMap((each) => each.recovered ?? []),
    faulty: found.flatMap((each) => each.faulty ?? []),
  };
}

function isSame(a: CheckFault, b: CheckFault): boolean {
  return a.code === b.code && a.message === b.message && a.path === b.path;
}
