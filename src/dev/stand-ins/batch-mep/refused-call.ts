/** Batch's error table for its MEP routes: HTTP status and code of each type. */
const statusAndCode = {
  SERVER_ERROR: [500, 1],
  MAINTENANCE_ERROR: [503, 2],
  AUTHENTICATION_INVALID: [401, 10],
  API_MISUSE: [403, 12],
  ROUTE_NOT_FOUND: [404, 20],
  MISSING_PARAMETER: [400, 30],
  MALFORMED_PARAMETER: [400, 31],
  MALFORMED_JSON_BODY: [400, 32],
  TOO_MANY_REQUESTS: [429, 60],
} as const;

export type RefusalType = keyof typeof statusAndCode;

/**
 * A call that Batch answers with an error. The message is for a person who reads the answer and is bound to no wording;
 * it names places in the body and attributes, never values. `retryAfter` becomes the header of that name; Batch's own
 * answers have none.
 */
export class RefusedCall extends Error {
  override readonly name = 'RefusedCall';
  readonly type: RefusalType;
  readonly retryAfter: number | string | undefined;

  constructor(type: RefusalType, message: string, retryAfter?: number | string) {
    super(message);
    this.type = type;
    this.retryAfter = retryAfter;
  }

  get status(): number {
    return statusAndCode[this.type][0];
  }

  get body(): { code: number; type: RefusalType; message: string } {
    return { code: statusAndCode[this.type][1], type: this.type, message: this.message };
  }
}

/** The error type that Batch answers with this status, for the statuses that belong to one type only. */
export const typeOfStatus = {
  401: 'AUTHENTICATION_INVALID',
  403: 'API_MISUSE',
  404: 'ROUTE_NOT_FOUND',
  429: 'TOO_MANY_REQUESTS',
  500: 'SERVER_ERROR',
  503: 'MAINTENANCE_ERROR',
} as const satisfies Record<number, RefusalType>;
