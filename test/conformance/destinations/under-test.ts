import type { DestinationDefinition } from '../../../src/activation/definitions.js';
import type { InvalidRowReason } from '../../../src/activation/rendering.js';

/** A type of destination, as the conformance tests meet it. */
export interface DestinationUnderTest {
  /** Starts its strict stand-in, which knows these contacts. */
  start(known: readonly string[]): Promise<StandIn>;
  /**
   * A checked definition of one target at this address, with at most `CALL_ROWS` rows a call and this pace, or none. Every
   * setting is in it, also those that outflow.yaml may leave out.
   */
  definition(url: string, callsPerSecond?: number): DestinationDefinition;
  /** Values of the variables that the definition refers to, as the stand-in expects them. */
  secrets: Record<string, string>;
  /** Each of them with a value that is well formed, but not the one. */
  wrongSecrets: Record<string, string>;
  /** The rows of a body, with their values by attribute, as they stand in it. None of a probe's, which may be empty. */
  rowsOf(body: string): SentRow[];
  /** Identifiers that are refused before they are sent, by the reason. */
  badIdentifiers: Partial<Record<InvalidRowReason, string[]>>;
  goodIdentifiers: string[];
  /** Names of attributes that the service refuses. */
  badNames: string[];
  goodNames: string[];
}

export interface StandIn {
  /** What the definition's url is to be. */
  readonly url: string;
  /** A call that holds one of these contacts is refused whole. */
  poison(...ids: string[]): void;
  /** These contacts are refused by an answer that takes the others. Only where `traits.refuses` is not `calls`. */
  refuseRows?(...ids: string[]): void;
  /** This attribute of these contacts is refused, and their others are taken. Only where `traits.refuses` is `attributes`. */
  refuseAttribute?(attribute: string, ...ids: string[]): void;
  /** Values by attribute, of the types that the service holds them as; undefined where the contact is unknown. */
  valuesOf(id: string): Promise<Record<string, unknown> | undefined>;
  close(): Promise<void>;
}

export interface SentRow {
  id: string;
  values: Record<string, unknown>;
}

export const CALL_ROWS = 100;
