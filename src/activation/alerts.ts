/** Where alerts go. Secrets are `${VAR}` references. */
export type AlertChannelDefinition = WebhookChannel | SlackChannel | EmailChannel;

/** A POST of JSON, signed with HMAC-SHA256. */
export interface WebhookChannel {
  name: string;
  type: 'webhook';
  /** May hold `${VAR}` references. */
  url: string;
  /** `${VAR}` reference. */
  secret: string;
}

/** A Slack incoming webhook. */
export interface SlackChannel {
  name: string;
  type: 'slack';
  /** `${VAR}` reference: whoever has the address may post. */
  url: string;
}

export interface EmailChannel {
  name: string;
  type: 'email';
  /** `smtp://user:password@host:587` or `smtps://`, with `${VAR}` references for its secrets. */
  smtp: string;
  from: string;
  to: string[];
}

/** What is worth an alert. Percentages are above 0, up to 100, of the rows of the segment; null: off. */
export interface AlertConditions {
  /** A run failed. Default true. */
  failed: boolean;
  /** A guard holds a run. Default true. */
  held: boolean;
  /** The activation was paused automatically. Default true. */
  paused: boolean;
  /** Everything is owed, because the engine's database was set back. Default true. */
  setBack: boolean;
  /** A run read no row. Default true. */
  zeroRows: boolean;
  /** Contacts refused by the destination, deferred ones included. Default 1. */
  rejectedAbovePercent: number | null;
  /** Rows that are never sent. Default 5. */
  invalidAbovePercent: number | null;
  /** A run is open for longer than this, milliseconds. Default off. */
  longerThanMs: number | null;
  /** No run has completed for longer than this, milliseconds. Default off. */
  staleAfterMs: number | null;
}

export const defaultAlertConditions: AlertConditions = {
  failed: true,
  held: true,
  paused: true,
  setBack: true,
  zeroRows: true,
  rejectedAbovePercent: 1,
  invalidAbovePercent: 5,
  longerThanMs: null,
  staleAfterMs: null,
};

export type AlertCondition =
  | 'failed'
  | 'held'
  | 'paused'
  | 'zero_rows'
  | 'rejected_above'
  | 'invalid_above'
  | 'longer_than'
  | 'stale'
  | 'set_back';
