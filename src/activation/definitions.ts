import type { AlertChannelDefinition, AlertConditions } from './alerts.js';
import type { GuardSettings } from './guards.js';

/**
 * The definitions of `outflow.yaml` once they are checked: what the rest of the code may trust.
 * They are stored in the engine's database as they stand here, so secrets are still `${VAR}` references.
 */
export interface Definitions {
  sources: Record<string, SourceDefinition>;
  segments: Record<string, SegmentDefinition>;
  destinations: Record<string, DestinationDefinition>;
  activations: Record<string, ActivationDefinition>;
  alertChannels: Record<string, AlertChannelDefinition>;
}

/** A database that Outflow only reads. */
export interface SourceDefinition {
  name: string;
  /** One of those in `src/sources/registry.ts`. */
  type: string;
  /** As its type's schema gives them. */
  settings: Record<string, unknown>;
  /** Segments read at once, by all workers together. Default 4. */
  concurrentReads: number;
}

/** A query on a source: one row a contact, one column a field. */
export interface SegmentDefinition {
  name: string;
  source: string;
  sql: string;
}

/** A service that contacts are sent to. */
export interface DestinationDefinition {
  name: string;
  /** One of those in `src/destinations/registry.ts`. */
  type: string;
  /** As its type's schema gives them. */
  settings: Record<string, unknown>;
}

/** A segment sent to a destination on a schedule. */
export interface ActivationDefinition {
  name: string;
  /** The name it had in the definitions applied before: renames without a resend. */
  previousName?: string;
  segment: string;
  destination: string;
  /** The segment's field that identifies a contact. */
  identifier: string;
  attributes: AttributeMapping[];
  /** Empty: started by hand only. */
  schedule: ScheduleRule[];
  /** A full run when the last one is older than this, milliseconds. */
  resyncEveryMs?: number;
  /** Says that another activation may write the same attributes of the same destination. */
  sharedAttributes: boolean;
  guards: GuardSettings;
  /**
   * When a contact that the destination refused is sent again although nothing of it has changed: milliseconds after its
   * first refusal, its second, and so on; the last one repeats. 0: by the next run. Default 0, 1 h, 6 h, 24 h.
   */
  retryRejectedAfterMs: number[];
  /** What the alert channels are told of it. */
  alerts: AlertConditions;
}

export const defaultRetryRejectedAfterMs: readonly number[] = [0, 3_600_000, 21_600_000, 86_400_000];

/** A field of the segment sent as an attribute of the contact. */
export interface AttributeMapping {
  /** Name at the destination. */
  attribute: string;
  /** Column of the segment. */
  field: string;
  /** One of the destination's types, in the place of the one that follows from the column's. */
  type?: string;
  /** Default leave-out. */
  onTooLong: 'leave-out' | 'truncate' | 'clear';
  /** NaN and infinite numbers. Default leave-out. */
  onNotFinite: 'leave-out' | 'clear';
  /** Default clear. */
  onNull: 'clear' | 'skip';
}

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

/** When an activation runs. Times are wall-clock times of `timezone`. */
export type ScheduleRule = (
  | { kind: 'every'; everyMs: number }
  | { kind: 'daily'; at: string }
  | { kind: 'weekly'; on: Weekday[]; at: string }
  | { kind: 'cron'; cron: string }
) & {
  /** IANA name. Default UTC. */
  timezone: string;
  /** ISO 8601 instants, UTC. */
  startAt?: string;
  endAt?: string;
  /** Starts are delayed by a random time up to this, milliseconds. */
  jitterMs?: number;
};
