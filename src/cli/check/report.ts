import type { ErrorReport } from '../../activation/errors.js';

/** Something to correct before the definitions work. */
export interface CheckFault extends ErrorReport {
  /** Where it stands, when it stands in the file. */
  file?: string;
  line?: number;
  path?: string;
}

/** Something that runs get by with, but that is probably not meant. */
export interface CheckWarning {
  /** A stable code, such as `duplicate_identifier`. */
  code: string;
  message: string;
  remedy: string;
  activation?: string;
  /** How many rows of the segment it concerns. */
  rows?: number;
}

/** An activation whose segment could be read. */
interface CheckedActivation {
  activation: string;
  /** Rows of the segment. */
  rows: number;
}

/** What `outflow check --json` prints. */
export interface CheckReport {
  /** Whether there is no fault. */
  ok: boolean;
  faults: CheckFault[];
  warnings: CheckWarning[];
  activations: CheckedActivation[];
}

/** What one part of the check found. */
export type Findings = Partial<Omit<CheckReport, 'ok'>>;
