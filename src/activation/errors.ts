/** What each failure means for a retry and for the process that meets it. The single table of all error codes. */
const codes = {
  ConfigInvalid: { retryable: false, exitCode: 2 },
  SecretMissing: { retryable: false, exitCode: 2 },
  InputInvalid: { retryable: false, exitCode: 2 },
  ActivationUnknown: { retryable: false, exitCode: 2 },
  SegmentInvalid: { retryable: false, exitCode: 2 },
  SourceUnreachable: { retryable: true, exitCode: 3 },
  SourceRejectedLogin: { retryable: false, exitCode: 3 },
  SourceRejectedQuery: { retryable: false, exitCode: 3 },
  SourceOutOfOrder: { retryable: false, exitCode: 3 },
  DestinationUnauthorized: { retryable: false, exitCode: 4 },
  DestinationRejected: { retryable: false, exitCode: 4 },
  DestinationUnavailable: { retryable: true, exitCode: 4 },
  EngineUnreachable: { retryable: true, exitCode: 5 },
  EngineNewer: { retryable: false, exitCode: 5 },
  TemporalUnreachable: { retryable: true, exitCode: 5 },
  RunAlreadyOpen: { retryable: false, exitCode: 6 },
  ActivationPaused: { retryable: false, exitCode: 6 },
  RunSuperseded: { retryable: false, exitCode: 6 },
  Cancelled: { retryable: false, exitCode: 7 },
  Unexpected: { retryable: true, exitCode: 1 },
} as const;

export type ErrorCode = keyof typeof codes;

/** An error as it is stored with a run, shown by the CLI and carried through Temporal: never contact data, never a secret. */
export interface ErrorReport {
  code: ErrorCode;
  /** Names the entity and the rule. */
  message: string;
  /** What the reader can do about it. */
  remedy: string;
}

/**
 * The base of every failure that Outflow knows. Its texts are built by us: they name entities, columns and counts,
 * never values of contacts and never secrets, so they may be shown anywhere.
 */
export class OutflowError extends Error {
  override readonly name = 'OutflowError';
  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, remedy: string) {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }

  get retryable(): boolean {
    return codes[this.code].retryable;
  }

  report(): ErrorReport {
    return { code: this.code, message: this.message, remedy: this.remedy };
  }
}

/** The exit code of a command that ends with this error: 1 internal, 2 usage or configuration, 3 source, 4 destination, 5 Temporal or engine unreachable, 6 skipped, 7 cancelled. */
export function exitCodeOf(code: ErrorCode): number {
  return codes[code].exitCode;
}

export function isErrorCode(text: string): text is ErrorCode {
  return text in codes;
}
