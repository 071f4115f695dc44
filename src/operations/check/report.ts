import type { Culprit } from '../../activation/culprit.js';
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

/** An activation whose segment could be read, and that has no fault itself or in what it stands on. */
interface CheckedActivation {
  activation: string;
  /** Rows of the segment. */
  rows: number;
}

/** Something that activations were paused for, and that is proved to be well again. */
export interface Recovered extends Culprit {
  /** Names of the activations that were resumed, and of which a run was started. */
  resumed: string[];
}

/** What `outflow check --json` prints. */
export interface CheckReport {
  /** Whether there is no fault. */
  ok: boolean;
  faults: CheckFault[];
  warnings: CheckWarning[];
  activations: CheckedActivation[];
  /** Present when this check has ended automatic pauses. */
  recovered?: Recovered[];
}

/** What one part of the check found. */
export type Findings = Partial<
  Omit<CheckReport, 'ok'> & {
    /** Names of activations that the faults concern. */
    faulty: string[];
  }
>;
