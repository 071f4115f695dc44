/**
 * What kind of trouble a failure is, in the words of whoever has to mend it. `access`: credentials or permissions.
 * `state`: nothing is broken, the engine stands in another state than the caller wants.
 */
export type FailureCategory =
  'connection' | 'access' | 'rate_limit' | 'configuration' | 'time_out' | 'not_found' | 'data' | 'state' | 'internal';

/** What has to be mended before a repeat can succeed: by its kind; its name follows from the run's definitions. */
export type CulpritKind = 'source' | 'segment' | 'destination' | 'activation';

interface CodeMeaning {
  retryable: boolean;
  exitCode: number;
  category: FailureCategory;
  /** A run that fails so pauses what stands on the culprit. Absent: the next run may go better by itself. */
  culprit?: CulpritKind;
}

/** What each failure means for a retry, for the process that meets it and for its user. The single table of all error codes. */
const codes = {
  ConfigInvalid: { retryable: false, exitCode: 2, category: 'configuration' },
  SecretMissing: { retryable: false, exitCode: 2, category: 'configuration' },
  InputInvalid: { retryable: false, exitCode: 2, category: 'configuration' },
  ActivationUnknown: { retryable: false, exitCode: 2, category: 'not_found' },
  SegmentInvalid: { retryable: false, exitCode: 2, category: 'configuration', culprit: 'activation' },
  SourceUnreachable: { retryable: true, exitCode: 3, category: 'connection', culprit: 'source' },
  SourceRejectedLogin: { retryable: false, exitCode: 3, category: 'access', culprit: 'source' },
  SourceRejectedQuery: { retryable: false, exitCode: 3, category: 'configuration', culprit: 'segment' },
  /** A standby ended the query for its recovery: tried again, and no reason to pause what stands on the source. */
  SourceInterrupted: { retryable: true, exitCode: 3, category: 'data' },
  /** The source ended the query because of its load, its limits or its data: another day it may go through. */
  SourceEndedQuery: { retryable: false, exitCode: 3, category: 'data' },
  SourceOutOfOrder: { retryable: false, exitCode: 3, category: 'data' },
  DestinationUnauthorized: { retryable: false, exitCode: 4, category: 'access', culprit: 'destination' },
  DestinationRejected: { retryable: false, exitCode: 4, category: 'data' },
  DestinationUnavailable: { retryable: true, exitCode: 4, category: 'connection', culprit: 'destination' },
  EngineUnreachable: { retryable: true, exitCode: 5, category: 'connection' },
  /** The database is not that of the engine that a run or a task queue belongs to, or not in its place. Waits for a person. */
  EngineMismatch: { retryable: true, exitCode: 2, category: 'configuration' },
  EngineNewer: { retryable: false, exitCode: 5, category: 'configuration' },
  TemporalUnreachable: { retryable: true, exitCode: 5, category: 'connection' },
  RunAlreadyOpen: { retryable: false, exitCode: 6, category: 'state' },
  ActivationPaused: { retryable: false, exitCode: 6, category: 'state' },
  RunSuperseded: { retryable: false, exitCode: 6, category: 'state' },
  Cancelled: { retryable: false, exitCode: 7, category: 'state' },
  RunHeld: { retryable: false, exitCode: 8, category: 'data' },
  Unexpected: { retryable: true, exitCode: 1, category: 'internal' },
} as const satisfies Record<string, CodeMeaning>;

export type ErrorCode = keyof typeof codes;

/** An error as it is stored with a run, shown by the CLI and carried through Temporal: never contact data, never a secret. */
export interface ErrorReport {
  code: ErrorCode;
  category: FailureCategory;
  /** Present when no repeat can succeed before this is mended. */
  culprit?: CulpritKind;
  /** Names the entity and the rule. */
  message: string;
  /** What the reader can do about it. */
  remedy: string;
}

/** A report of this code; `category` where it differs from the code's own. */
export function errorReport(
  code: ErrorCode,
  message: string,
  remedy: string,
  category: FailureCategory = codes[code].category,
): ErrorReport {
  const { culprit }: CodeMeaning = codes[code];
  return { code, category, ...(culprit && { culprit }), message, remedy };
}

/**
 * The base of every failure that Outflow knows. Its texts are built by us: they name entities, columns and counts,
 * never values of contacts and never secrets, so they may be shown anywhere.
 */
export class OutflowError extends Error {
  override readonly name = 'OutflowError';
  readonly code: ErrorCode;
  readonly category: FailureCategory;
  readonly remedy: string;

  /** `category`: where it differs from the code's own. */
  constructor(code: ErrorCode, message: string, remedy: string, category?: FailureCategory) {
    super(message);
    this.code = code;
    this.category = category ?? codes[code].category;
    this.remedy = remedy;
  }

  get retryable(): boolean {
    return codes[this.code].retryable;
  }

  report(): ErrorReport {
    return errorReport(this.code, this.message, this.remedy, this.category);
  }
}

/** The exit code of a command that ends with this error: 1 internal, 2 usage or configuration, 3 source, 4 destination, 5 Temporal or engine unreachable, 6 skipped, 7 cancelled, 8 held. */
export function exitCodeOf(code: ErrorCode): number {
  return codes[code].exitCode;
}

export function isErrorCode(text: string): text is ErrorCode {
  return text in codes;
}
